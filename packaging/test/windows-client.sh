#!/usr/bin/env bash
# Patches and unpatches an artificial game in a Wine prefix with the Windows program,
# and with the Linux program when it is given, and compares the whole registry and all
# game files before and after.
#   windows-client.sh WINEPREFIX MCOS.EXE SERVER[:PORT] [MCOS]
set -euo pipefail
export WINEPREFIX=$1 WINEDEBUG=-all
exe=$2 server=$3 linux=${4:-}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
game="$WINEPREFIX/drive_c/Games/MCO"
rm -rf "$game" && mkdir -p "$game/Data/Movies" "$game/SaveData"
printf MZ >"$game/MCity.exe"
printf 'the old key' >"$game/pub.key"
printf 'movie' >"$game/Data/Movies/intro.mpg"
printf 'graphicsModeIndex=0\r\nwindowed=0\r\n' >"$game/SaveData/options.ini"
touch "$game/SaveData/togglewindowtest.txt"
chmod a-w "$game/pub.key" "$game/MCity.exe"
mc='HKLM\SOFTWARE\Electronic Arts\Motor City'
wine reg add "$mc\\1.0" /v ShardUrl /d http://159.153.226.86/ShardList/ /f /reg:32 >/dev/null 2>&1
wine reg add "$mc\\AuthAuth" /v AuthLoginServer /d www.ea.com /f /reg:32 >/dev/null 2>&1
wine reg add "$mc" /v PatchServerPort /t REG_DWORD /d 80 /f /reg:32 >/dev/null 2>&1 # a wrong type must come back, too
wineserver -w

snapshot() { # the registry as Wine exports it, and all files with their flags
    wineserver -w
    for hive in HKLM HKCU; do
        for view in 32 64; do
            wine reg export "$hive\\Software" "$work/reg.tmp" /y /reg:$view >/dev/null 2>&1
            iconv -f utf-16 -t utf-8 "$work/reg.tmp"
        done
        # Wine itself makes and drops the empty key above the certificates (not the
        # certificates) as programs open the store; blank lines go with it.
    done | grep -v -e 'SystemCertificates.Root.Certificates\]' -e '^.\?$' >"$1.reg"
    wineserver -w
    (cd "$game" && find . -printf '%P %m\n' | sort && find . -type f -print0 | sort -z | xargs -0 sha256sum) >"$1.files"
}

same() {
    if ! diff -q "$work/before.reg" "$work/$1.reg" || ! diff -q "$work/before.files" "$work/$1.files"; then
        diff "$work/before.reg" "$work/$1.reg" | head -40 || true
        diff "$work/before.files" "$work/$1.files" || true
        echo "FAILED: $1 did not restore everything" >&2
        exit 1
    fi
}

check() { # NAME COMMAND...
    local name=$1
    shift
    "$@" client patch --host "$server" --yes --no-movies --resolution 1024x768
    snapshot "$work/$name-patched"
    ! diff -q "$work/before.reg" "$work/$name-patched.reg" >/dev/null || { echo "FAILED: $name changed nothing" >&2; exit 1; }
    grep -q "ShardUrl\"=\"http://${server%%:*}" "$work/$name-patched.reg"
    # The certificate as Windows' own interface sees it: a second patch finds nothing to do.
    "$@" client patch --host "$server" --yes --no-movies --resolution 1024x768 --dry-run | tee "$work/plan"
    grep -q 'Nothing is to be changed' "$work/plan"
    "$@" client status
    "$@" client unpatch
    snapshot "$work/$name"
    same "$name"
    echo "ok: $name"
}

# The first program in a fresh prefix that looks at the certificates makes Wine set up
# its stores; that is Wine's doing, so let it happen before.
wine "$exe" client status >/dev/null
snapshot "$work/before"
check exe wine "$exe"
if [[ -n $linux ]]; then
    check linux "$linux"
    # What Linux wrote, Windows reads: the certificate included.
    "$linux" client patch --wine-prefix "$WINEPREFIX" --host "$server" --yes
    wine "$exe" client patch --host "$server" --dry-run | tee "$work/plan"
    grep -q 'Nothing is to be changed' "$work/plan"
    wineserver -w
    "$linux" client unpatch --wine-prefix "$WINEPREFIX"
    snapshot "$work/cross"
    same cross
fi
echo "All client checks passed."
