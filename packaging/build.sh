#!/usr/bin/env bash
# Builds everything that is given away, into dist/: .deb, .rpm and .tar.gz for Linux,
# .msi and .zip for Windows, the licences of others, the list of components (SBOM) and
# the checksums. make package calls it with GO, VERSION, LDFLAGS, NFPM and WINRES.
# The same commit gives the same bytes.
#
# PACKAGES names what to build of them ("deb rpm msi archives"), DIST another folder, which
# is emptied first.
#
# With SIGN_CERT and SIGN_KEY (PEM files; SIGN_CHAIN for certificates in between) what
# is for Windows is signed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
: "${GO:=go}" "${VERSION:?}" "${LDFLAGS:?}" "${NFPM:?}" "${WINRES:?}"
arch=amd64
wanted=" ${PACKAGES:-deb rpm msi archives} "
programs=(mcos mcos-tray mcos-bot)
# For those who try the installer on a real Windows; it is in no package.
verifier=mcos-verify
export LC_ALL=C TZ=UTC
umask 022

die() { echo "make package: $*" >&2; exit 1; }
wants() { [[ $wanted == *" $1 "* ]]; }
say() { echo "== $*"; }

# Nothing is built twice with different dates.
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || echo 1)}
export SOURCE_DATE_EPOCH

. packaging/version.sh
. packaging/msi.sh
PKGVERSION=$(package_version "$VERSION")
NUMBER=${PKGVERSION%%+*}
FILEVERSION=$(file_version "$PKGVERSION")

dist=${DIST:-dist}
STAGE=$dist/stage
rm -rf "$dist"
mkdir -p "$STAGE"/{bin,windows,man}
absolute=$(cd "$dist" && pwd)

# compile OS FOLDER PROGRAM... builds programs.
compile() {
    local program ending='' flags
    [[ $1 != windows ]] || ending=.exe
    for program in "${@:3}"; do
        flags=$LDFLAGS
        # The tray has no console window.
        [[ $1/$program != windows/mcos-tray ]] || flags+=' -H=windowsgui'
        CGO_ENABLED=0 GOOS=$1 GOARCH=$arch "$GO" build -trimpath -buildvcs=false -ldflags "$flags" \
            -o "$2/$program$ending" "./cmd/$program"
    done
}

# what PROGRAM says in a few words what it is, for the properties of the file.
what() {
    case $1 in
    mcos) echo "MCOS, a server for Motor City Online" ;;
    mcos-tray) echo "MCOS in the notification area" ;;
    mcos-bot) echo "MCOS test player" ;;
    mcos-verify) echo "MCOS look at an installation" ;;
    esac
}

# resources FOLDER PROGRAM... puts icon, version and manifest into the programs for Windows.
resources() {
    local program description
    cp assets/icons/app.ico "$STAGE/"
    for program in "${@:2}"; do
        description=$(what "$program")
        sed -e "s|@PROGRAM@|$program|; s|@WHAT@|$description|" \
            -e "s|@FILEVERSION@|$FILEVERSION|g; s|@VERSION@|$PKGVERSION|" \
            packaging/windows/resources.json >"$STAGE/resources.json"
        "$WINRES" patch --no-backup --in "$STAGE/resources.json" "$1/$program.exe"
    done
}

# sign FILE NAME signs a file for Windows in place, if there is a certificate.
sign() {
    [[ -n ${SIGN_CERT:-} ]] || return 0
    [[ -n ${SIGN_KEY:-} ]] || die "SIGN_CERT is set, SIGN_KEY is not."
    command -v osslsigncode >/dev/null || die "signing needs osslsigncode (apt-get install osslsigncode)."
    osslsigncode sign -certs "$SIGN_CERT" ${SIGN_CHAIN:+-ac "$SIGN_CHAIN"} -key "$SIGN_KEY" -h sha256 \
        ${SIGN_TIMESTAMP:+-ts "$SIGN_TIMESTAMP"} -n "$2" -in "$1" -out "$1.signed" >/dev/null
    mv "$1.signed" "$1"
}

notices() {
    "$GO" run ./packaging/notices -version "$PKGVERSION" -licences "$STAGE/THIRD-PARTY.txt" \
        -sbom "$dist/mcos-$PKGVERSION.cdx.json" "$STAGE"/bin/* "$STAGE"/windows/*
    cp "$STAGE/THIRD-PARTY.txt" "$dist/mcos-$PKGVERSION-third-party.txt"
}

# texts makes the files of the packages that are not in the source as they are.
texts() {
    local page
    for page in packaging/man/*.1; do gzip -9nc "$page" >"$STAGE/man/$(basename "$page").gz"; done
    "$STAGE/bin/mcos" completion bash >"$STAGE/mcos.bash"
    printf 'mcos (%s) unstable; urgency=medium\n\n  * What is new is in CHANGELOG.md next to this file.\n\n -- %s  %s\n' \
        "$PKGVERSION" "$(sed -n 's/^maintainer: //p' packaging/nfpm.yaml)" "$(date -R -u -d "@$SOURCE_DATE_EPOCH")" |
        gzip -9n >"$STAGE/changelog.gz"
}

linux_packages() {
    local form said
    for form in deb rpm; do
        wants "$form" || continue
        sed "s|dist/stage/|$STAGE/|" packaging/nfpm.yaml >"$STAGE/nfpm.yaml"
        said=$(ARCH=$arch VERSION=$PKGVERSION "$NFPM" pkg -f "$STAGE/nfpm.yaml" -p "$form" -t "$dist/" 2>&1) ||
            die "$said"
    done
}

# documents FOLDER copies what belongs into every archive.
documents() {
    mkdir -p "$1"
    cp README.md CHANGELOG.md LICENSE "$STAGE/THIRD-PARTY.txt" "$1/"
    cp -r docs "$1/docs"
    find "$1" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
}

archives() {
    local name=mcos-$PKGVERSION
    mkdir -p "$STAGE/tar/$name" "$STAGE/zip/$name"
    cp "$STAGE"/bin/* "$STAGE/tar/$name/"
    cp "$STAGE"/windows/* "$STAGE/zip/$name/"
    documents "$STAGE/tar/$name"
    documents "$STAGE/zip/$name"
    tar -C "$STAGE/tar" --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner -cf - "$name" |
        gzip -9n >"$dist/$name-linux-$arch.tar.gz"
    pack "$STAGE/zip" "$name-windows-$arch.zip"
    mkdir -p "$STAGE/verify/$verifier"
    cp "$STAGE/$verifier.exe" packaging/windows/verify.ps1 "$STAGE/verify/$verifier/"
    sed -i 's/$/\r/' "$STAGE/verify/$verifier/verify.ps1"
    find "$STAGE/verify" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
    pack "$STAGE/verify" "$name-windows-verify.zip"
}

# pack FOLDER NAME makes a .zip of everything in a folder.
pack() {
    command -v zip >/dev/null || die "the archives for Windows need zip (make setup installs it)."
    (cd "$1" && find . -type f -printf '%P\n' | sort | zip -q -9 -X -D "$absolute/$2" -@)
}

say "Programs, version $VERSION (packages: $PKGVERSION)"
compile linux "$STAGE/bin" "${programs[@]}"
compile windows "$STAGE/windows" "${programs[@]}"
compile windows "$STAGE" "$verifier"
resources "$STAGE/windows" "${programs[@]}"
resources "$STAGE" "$verifier"
for program in "$STAGE"/windows/*.exe "$STAGE/$verifier.exe"; do sign "$program" "$(what "$(basename "$program" .exe)")"; done
notices
texts
say "Packages"
linux_packages
if wants msi; then
    windows_installer "$absolute/mcos-$PKGVERSION-windows-$arch.msi"
    [[ ! -e $dist/mcos-$PKGVERSION-windows-$arch.msi ]] ||
        "$GO" run ./packaging/msi -programs "$STAGE/windows" "$dist/mcos-$PKGVERSION-windows-$arch.msi" ||
        die "the installer for Windows would not work"
fi
! wants archives || archives
rm -rf "$STAGE"
(cd "$dist" && sha256sum -- * >SHA256SUMS.new && mv SHA256SUMS.new SHA256SUMS)
say "In $dist/:"
(cd "$dist" && ls -l | awk 'NR > 1 { printf "%12d  %s\n", $5, $9 }')
