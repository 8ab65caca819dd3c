# package_version VERSION turns what git describe says into a version that dpkg, rpm
# and Windows all sort by age: 1.2.3, or 1.2.3+5.gabcdef for five commits later.
# Without a tag the number of commits stands in.
package_version() {
    local v=${1#v} dirty=
    case $v in *-dirty) v=${v%-dirty} dirty=dirty ;; esac
    if [[ $v =~ ^[0-9]+\.[0-9]+\.[0-9]+$ ]]; then
        :
    elif [[ $v =~ ^([0-9]+\.[0-9]+\.[0-9]+)-([0-9]+)-(g[0-9a-f]+)$ ]]; then
        v=${BASH_REMATCH[1]}+${BASH_REMATCH[2]}.${BASH_REMATCH[3]}
    else
        [[ $v =~ ^[0-9a-z]+$ ]] || { echo "The version $1 has no form that packages can have (1.2.3)." >&2; return 1; }
        v=0.0.$(git rev-list --count HEAD 2>/dev/null || echo 0)+g$v
    fi
    if [[ -n $dirty ]]; then
        case $v in *+*) v+=.dirty ;; *) v+=+dirty ;; esac
    fi
    echo "$v"
}

# file_version VERSION turns what package_version made into the four numbers of a file
# for Windows: 1.2.3 is 1.2.3.0, and five commits later it is 1.2.3.5. Windows Installer
# compares all four, and of a product the first three.
file_version() {
    local number=${1%%+*} build=0
    [[ ! $1 =~ \+([0-9]+)(\.|$) ]] || build=${BASH_REMATCH[1]}
    echo "$number.$build"
}
