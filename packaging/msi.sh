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

# versions gives the programs in the installer the version and language that they have.
# Without them Windows Installer takes them for older than those that are there.
versions() {
    local file
    for file in mcos.exe tray.exe bot.exe; do
        edit "UPDATE File SET Version = '$FILEVERSION', Language = '1033' WHERE File = '$file'" \
            "DELETE FROM MsiFileHash WHERE File_ = '$file'"
    done
}

# updates says how an older version is replaced. What is new comes first, then what only
# the older version had is removed: both have the same components, so the service and
# its settings stay. An update may also be another build of the same number (768: both
# ends included); amus has its files written whatever the versions say.
updates() {
    edit "INSERT INTO InstallExecuteSequence (Action, Sequence) VALUES ('InstallExecute', 6500)" \
        "INSERT INTO InstallExecuteSequence (Action, Sequence) VALUES ('RemoveExistingProducts', 6550)" \
        "DELETE FROM Upgrade WHERE ActionProperty = 'OLDER'" \
        "INSERT INTO Upgrade (UpgradeCode, VersionMin, VersionMax, Attributes, ActionProperty) VALUES ('{$(upgrade_code)}', '0.0.0', '$NUMBER', 768, 'OLDER')" \
        "INSERT INTO Property (Property, Value) VALUES ('REINSTALLMODE', 'amus')" \
        "UPDATE InstallExecuteSequence SET Condition = 'VersionNT AND (NOT STARTTYPE OR STARTTYPE = \"#2\")' WHERE Action = 'StartServices'"
}

# rollbacks makes the actions that are for a rollback that: wixl 0.101 knows the word and
# runs them at once. 3410 is a program of the package (18), in the script (1024), of the
# rollback (256), as the system (2048), whatever it returns (64).
rollbacks() {
    local action
    for action in TakeDownUndo SetUpOlder SetUpUndo; do
        edit "UPDATE CustomAction SET Type = 3410 WHERE Action = '$action'"
    done
}

# messages puts what people read in place of "a program run as part of the setup did
# not finish as expected". [2] is the step.
messages() {
    local why="The reason is in the Event Viewer (Windows Logs, Application, source mcos)."
    local leave="To uninstall MCOS and leave the game connected to its server, run as administrator: msiexec /x [ProductCode] KEEPGAME=1"
    edit "INSERT INTO Error (Error, Message) VALUES (1721, 'MCOS: a program needed for the step [2] is missing or cannot be started. Nothing was changed. Install MCOS again over the old one, then try again. $leave')" \
        "INSERT INTO Error (Error, Message) VALUES (1722, 'MCOS: the step [2] failed. Nothing was changed. $why If Motor City Online is running, close it and try again. $leave')" \
        "INSERT INTO Error (Error, Message) VALUES (1921, 'The service [2] ([3]) could not be stopped. Restart Windows, then try again.')" \
        "INSERT INTO Error (Error, Message) VALUES (1923, 'The service [2] ([3]) could not be installed. Close the Services window and Task Manager, or restart Windows, then try again.')"
}

# windows_installer FILE builds it; FILE is an absolute path.
windows_installer() {
    local msi=$1 said content
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
    # Two builds that differ are two products, whatever they are called: Windows refuses
    # another package of a product that is installed.
    content="$PKGVERSION $(cat "$STAGE"/msi/* | sha256sum)"
    # wixl ignores what it does not know and only warns.
    said=$(cd "$STAGE/msi" && frozen wixl -a x64 -D Version="$NUMBER" -D FullVersion="$PKGVERSION" \
        -D ProductCode="$(guid "product $content")" -o "$msi" mcos.wxs 2>&1) || die "wixl: $said"
    [[ -z $said ]] || die "wixl: $said"
    versions
    updates
    rollbacks
    messages
    edit "UPDATE Property SET Value = 'NEWER;OLDER;WINMAJOR;INSTALLEDPRODUCT;STARTTYPE;REMOVEDATA;KEEPGAME' WHERE Property = 'SecureCustomProperties'" \
        "UPDATE Registry SET Value = '#%%SystemRoot%\\System32\\EventCreate.exe' WHERE Name = 'EventMessageFile'" \
        "INSERT INTO InstallExecuteSequence (Action, Sequence) VALUES ('RemoveEnvironmentStrings', 3300)" \
        "INSERT INTO InstallExecuteSequence (Action, Sequence) VALUES ('WriteEnvironmentStrings', 5200)"
    msibuild "$msi" -i packaging/windows/Environment.idt || die "the PATH cannot be added."
    frozen msibuild "$msi" -s 'MCOS' 'The authors of MCOS' 'x64;1033' "{$(guid "file $content")}" ||
        die "the properties of the installer cannot be set."
    sign "$msi" "MCOS"
}
