# Part of build.sh: makes the installer for Windows from $STAGE.

# guid TEXT is a GUID that is always the same for the same text.
guid() {
    local h
    h=$(printf 'mcos %s' "$1" | sha256sum | cut -c1-32 | tr a-f A-F)
    echo "${h:0:8}-${h:8:4}-5${h:13:3}-A${h:17:3}-${h:20:12}"
}

# frozen COMMAND... runs it at the time of the commit, so that the installer is the
# same whenever it is built.
frozen() {
    if command -v faketime >/dev/null; then
        faketime -f "$(date -d "@$SOURCE_DATE_EPOCH" '+%Y-%m-%d %H:%M:%S')" "$@"
    else
        "$@"
    fi
}

# edit SQL... changes the installer $msi in ways that wixl has no words for.
edit() {
    local sql
    for sql in "$@"; do msibuild "$msi" -q "$sql" >/dev/null || die "the installer cannot be edited: $sql"; done
}

# upgrade_code is the one of mcos.wxs.
upgrade_code() { sed -n 's/.*UpgradeCode="\([^"]*\)".*/\1/p' packaging/windows/mcos.wxs; }

# windows_installer FILE builds it.
windows_installer() {
    local msi=$PWD/$1 said
    if ! command -v wixl >/dev/null || ! command -v msibuild >/dev/null; then
        echo "No installer for Windows: wixl and msitools are not installed (make setup installs them)."
        return 0
    fi
    command -v faketime >/dev/null || echo "Without faketime the installer for Windows will not be the same byte for byte next time."
    sed 's/$/\r/' LICENSE >"$STAGE/LICENSE.txt"
    cp -r "$STAGE/windows" "$STAGE/msi"
    sed 's/$/\r/' "$STAGE/THIRD-PARTY.txt" >"$STAGE/msi/THIRD-PARTY.txt"
    mv "$STAGE/LICENSE.txt" "$STAGE/msi/"
    cp assets/icons/app.ico packaging/windows/mcos.wxs "$STAGE/msi/"
    find "$STAGE/msi" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
    # wixl ignores what it does not know and only warns.
    said=$(cd "$STAGE/msi" && frozen wixl -a x64 -D Version="$NUMBER" -D FullVersion="$PKGVERSION" \
        -D ProductCode="$(guid "product $PKGVERSION")" -o "$msi" mcos.wxs 2>&1) || die "wixl: $said"
    [[ -z $said ]] || die "wixl: $said"
    # The old version goes as a whole, data excepted, before the new one comes. An
    # update may also be another build of the same number (768: both ends included).
    edit "INSERT INTO InstallExecuteSequence (Action, Sequence) VALUES ('RemoveExistingProducts', 1501)" \
        "DELETE FROM Upgrade WHERE ActionProperty = 'OLDER'" \
        "INSERT INTO Upgrade (UpgradeCode, VersionMin, VersionMax, Attributes, ActionProperty) VALUES ('{$(upgrade_code)}', '0.0.0', '$NUMBER', 768, 'OLDER')" \
        "UPDATE Property SET Value = 'NEWER;OLDER;REMOVEDATA' WHERE Property = 'SecureCustomProperties'" \
        "UPDATE Registry SET Value = '#%%SystemRoot%\\System32\\EventCreate.exe' WHERE Name = 'EventMessageFile'" \
        "INSERT INTO InstallExecuteSequence (Action, Sequence) VALUES ('RemoveEnvironmentStrings', 3300)" \
        "INSERT INTO InstallExecuteSequence (Action, Sequence) VALUES ('WriteEnvironmentStrings', 5200)"
    msibuild "$msi" -i packaging/windows/Environment.idt || die "the PATH cannot be added."
    frozen msibuild "$msi" -s 'MCOS' 'The authors of MCOS' 'x64;1033' "{$(guid "file $PKGVERSION $(cat "$STAGE"/msi/* | sha256sum)")}" ||
        die "the properties of the installer cannot be set."
    sign "$msi" "MCOS"
}
