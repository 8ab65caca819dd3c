#!/usr/bin/env bash
# The installer for Windows from the first installation to the removal, under Wine, in
# a network of its own. make e2e-windows runs it; with names of stages it runs only
# these on what earlier ones have left:
#   packaging/test/windows.sh [prepare|patch|refuse|taken|install|play|control|tray|upgrade|running|uninstall]...
# Wine is not Windows: rights of files and services, the firewall and restarts after a
# failure are not looked at here.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
work=${E2E_DIR:-${TMPDIR:-/tmp}/mcos-e2e-windows}
stages=(prepare patch refuse taken install play control tray upgrade running uninstall)
old=0.9.0 new=0.9.1
export WINEPREFIX=$work/prefix WINEDEBUG=-all WINEDLLOVERRIDES='mscoree,mshtml,winemenubuilder.exe,winedbg.exe='
exe='C:\Program Files\MCOS\mcos.exe'
data="$WINEPREFIX/drive_c/ProgramData/MCOS"
game="$WINEPREFIX/drive_c/Games/MCO"

fail() { echo "FAILED: $*" >&2; exit 1; }
w() { wine "$@" 2>/dev/null | tr -d '\r'; }
mcos() { w "$exe" "$@"; }
bot() { "$work/mcos-bot" "$@"; }
# verify is the program for a real Windows (packaging/windows/verify.ps1).
verify() { local out; out=$(w "$work/mcos-verify.exe" "$@") || true; [[ $out == *'As it should be.'* ]] || { echo "$out"; return 1; }; }

# settled CONDITION... waits until a command succeeds.
settled() {
    for _ in $(seq 300); do
        ! "$@" >/dev/null 2>&1 || return 0
        sleep 0.2
    done
    return 1
}
# Whatever the commands print is read to its end: grep -q would end the pipe early.
says() { local out; out=$("${@:2}") || true; [[ $out == *"$1"* ]]; }
running() { says RUNNING w sc query mcos; }
gone() { ! running; }
listens() { curl -fs -o "$work/page" http://127.0.0.1/; }

# msi /i|/x FILE [PROPERTY=VALUE]... runs the installer without questions.
msi() {
    local rc=0
    wine msiexec "$1" "$2" /qn /l*v "$work/msi.log" "${@:3}" 2>/dev/null || rc=$?
    wait_idle
    return $rc
}
# The background programs of Wine write their registry to disk when they are idle.
wait_idle() { sleep 1; }

export_registry() { # FILE
    local hive
    for hive in 'HKLM\Software' 'HKLM\System\CurrentControlSet\Services' 'HKCU\Software'; do
        w reg export "$hive" "$work/reg.tmp" /y /reg:64 >/dev/null || continue
        iconv -f utf-16 -t utf-8 "$work/reg.tmp" | tr -d '\r'
    done >"$1"
}

path() { w reg query 'HKLM\System\CurrentControlSet\Control\Session Manager\Environment' /v PATH; }

# snapshot NAME notes the registry and all files, except what Wine and the installer
# service keep for themselves and what a removal leaves on purpose. Empty keys do not
# count, save those that have our name; Wine leaves a semicolon at the end of PATH, and
# copies the certificates of the computer around it when it likes (trusted looks at ours).
snapshot() {
    export_registry "$work/$1.reg.all"
    {
        awk '/^\[/ { key = $0; if (tolower(key) ~ /mcos/) print; next } NF { print key, $0 }' "$work/$1.reg.all" |
            grep -v 'SystemCertificates.Root.Certificates'
        path | sed 's/;*$//'
    } >"$work/$1.reg"
    (cd "$WINEPREFIX/drive_c" && find . -type f ! -path './ProgramData/MCOS/*' ! -path './windows/Installer/*' \
        ! -path '*/Temp/*' ! -path './windows/temp/*' -print0 | sort -z | xargs -0 sha256sum) >"$work/$1.files"
}

# trusted FILE: one of the certificates in the file is among the trusted ones.
trusted() {
    local one print
    export_registry "$work/trusted.reg"
    rm -f "$work"/one.*.crt
    csplit -s -z -f "$work/one." -b '%02d.crt' "$1" '/-----BEGIN CERTIFICATE-----/' '{*}'
    for one in "$work"/one.*.crt; do
        print=$(openssl x509 -in "$one" -noout -fingerprint -sha1 | sed 's/.*=//; s/://g')
        ! grep -q "Root.Certificates.$print" "$work/trusted.reg" || return 0
    done
    return 1
}

same() { # BEFORE AFTER WHAT
    diff "$work/$1.files" "$work/$2.files" || fail "$3: files differ"
    diff "$work/$1.reg" "$work/$2.reg" || fail "$3: the registry differs"
}

stage_prepare() {
    local missing=() tool
    for tool in wine:wine Xvfb:xvfb import:imagemagick xdotool:xdotool x86_64-w64-mingw32-gcc:gcc-mingw-w64-x86-64 \
        wixl:wixl msibuild:msitools faketime:faketime curl:curl openssl:openssl iconv:libc-bin ip:iproute2; do
        command -v "${tool%%:*}" >/dev/null || missing+=("${tool##*:}")
    done
    if ((${#missing[@]})); then
        [[ $(id -u) == 0 ]] || fail "not installed: ${missing[*]} (apt-get install them, or run this as root)"
        DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install -q -y --no-install-recommends "${missing[@]}"
    fi
    rm -rf "$work"
    mkdir -p "$work/pictures"
    local version
    for version in $old $new; do
        make --no-print-directory package VERSION="$version" PACKAGES=msi DIST="$work/dist"
        cp "$work/dist/mcos-$version-windows-amd64.msi" "$work/$version.msi"
        msiextract -C "$work/extracted" "$work/$version.msi" >/dev/null
        mkdir -p "$work/files"
        mv "$(dirname "$(find "$work/extracted" -name mcos.exe)")" "$work/files/$version"
        rm -rf "$work/extracted"
    done
    CGO_ENABLED=0 go build -buildvcs=false -o "$work/" ./cmd/mcos-bot ./cmd/mcos
    GOOS=windows GOARCH=amd64 CGO_ENABLED=0 go build -buildvcs=false -o "$work/" ./cmd/mcos-verify
    # Wine 8 lacks one library that every Go program wants. For this test only.
    cat >"$work/bp.c" <<'END'
#include <windows.h>
BOOLEAN WINAPI SystemFunction036(PVOID, ULONG);
BOOL WINAPI ProcessPrng(PBYTE p, SIZE_T n) { return SystemFunction036(p, (ULONG)n); }
END
    printf 'LIBRARY bcryptprimitives.dll\nEXPORTS\nProcessPrng\n' >"$work/bp.def"
    x86_64-w64-mingw32-gcc -shared -o "$work/bcryptprimitives.dll" "$work/bp.c" "$work/bp.def" -ladvapi32
    wineboot -i 2>/dev/null
    wineserver -w
    w winecfg -v win10
    [[ -e $WINEPREFIX/drive_c/windows/system32/bcryptprimitives.dll ]] ||
        cp "$work/bcryptprimitives.dll" "$WINEPREFIX/drive_c/windows/system32/"
}

# The programs of Windows and of Linux patch and unpatch, before anything is
# installed. The server is a Linux one.
stage_patch() {
    local rc=0
    stop_wine
    start_server
    packaging/test/windows-client.sh "$WINEPREFIX" "$work/files/$old/mcos.exe" 127.0.0.1 "$work/mcos" || rc=$?
    stop_server
    start_wine
    return $rc
}

# Below Windows 10 the installer says no and changes nothing.
stage_refuse() {
    local windows
    for windows in win7 win81; do
        w winecfg -v $windows
        ! msi /i "$work/$old.msi" || fail "it installs on $windows"
    done
    grep -qa 'LaunchConditions. Return value 0' "$work/msi.log" || grep -qa 'LaunchConditions. Return value 3' "$work/msi.log" ||
        fail "it fails for another reason, see $work/msi.log"
    says 'needs Windows 10' msiinfo export "$work/$old.msi" LaunchCondition || fail "it does not say why"
    [[ ! -e "$WINEPREFIX/drive_c/Program Files/MCOS" ]] || fail "it left files"
    w winecfg -v win10
}

# A taken port does not keep it from being installed; it says which one it is.
stage_taken() {
    start_server
    msi /i "$work/$old.msi" || fail "the installation ends with $?, see $work/msi.log"
    settled says failed mcos service status || fail "mcos service status: $(mcos service status)"
    grep -q 'port 80 (http) is taken' "$data"/logs/mcos.log || fail "the log does not name the port"
    stop_server
    mcos service start || fail "it does not start with the port free again"
    msi /x "$work/$old.msi" REMOVEDATA=1 || fail "the removal ends with $?"
}

# An artificial game, so that there is something to patch; then the installation.
stage_install() {
    chmod -R u+w "$game" 2>/dev/null || true
    rm -rf "$game"
    mkdir -p "$game/Data"
    printf MZ >"$game/MCity.exe"
    printf 'the old key' >"$game/pub.key"
    w reg add 'HKLM\SOFTWARE\Electronic Arts\Motor City\1.0' /v ShardUrl /d http://159.153.226.86/ShardList/ /f /reg:32 >/dev/null
    w reg add 'HKLM\SOFTWARE\Electronic Arts\Motor City\AuthAuth' /v AuthLoginServer /d www.ea.com /f /reg:32 >/dev/null
    snapshot before
    msi /i "$work/$old.msi" || fail "the installation ends with $?, see $work/msi.log"
    settled running || fail "the service does not run"
    settled listens || fail "the server does not answer"
    says "$old" mcos version || fail "wrong version: $(mcos version)"
    says '0x2' w reg query 'HKLM\SYSTEM\CurrentControlSet\Services\mcos' /v Start ||
        fail "the service does not start by itself"
    says LocalService w reg query 'HKLM\SYSTEM\CurrentControlSet\Services\mcos' /v ObjectName || fail "the service has another account"
    says 'service entry' w reg query 'HKLM\SYSTEM\CurrentControlSet\Services\mcos' /v ImagePath || fail "the service lacks its argument"
    says 'mcos-tray.exe' w reg query 'HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Run' /v MCOS || fail "the tray does not start at login"
    says '%SystemRoot%' w reg query 'HKLM\SYSTEM\CurrentControlSet\Services\EventLog\Application\mcos' /v EventMessageFile ||
        fail "the event log has no texts"
    says 'Program Files\MCOS' path || fail "PATH lacks the programs"
    find "$WINEPREFIX/drive_c" -name MCOS.lnk | grep . >/dev/null || fail "the Start menu has no entry"
    says 'the installed package' mcos service status || fail "mcos service status: $(mcos service status)"
    verify check installed $old || fail "it is not installed as it should be"
    # The service belongs to the package alone.
    ! mcos service uninstall || fail "mcos service uninstall removes the service of the package"
}

stage_play() {
    bot --sign-up --name keeper --password-stdin <<<'keepers-word'
    mcos doctor
}

stage_control() {
    mcos service stop
    gone || fail "it runs after stop"
    ! listens || fail "it answers after stop"
    mcos service start
    running || fail "it does not run after start"
    settled listens || fail "it does not answer after start"
    mcos service restart
    running || fail "it does not run after restart"
    says running mcos service status || fail "mcos service status: $(mcos service status)"
}

# The program itself, not one that starts it or a step of the installer.
tray_runs() { pgrep -f '^C:.Program Files.MCOS.mcos-tray.exe *$' >/dev/null; }
start_tray() {
    tray_runs || WINEDEBUG=err+all wine explorer /desktop=shell 'C:\Program Files\MCOS\mcos-tray.exe' >"$work/tray.log" 2>&1 &
    settled tray_runs || fail "the tray does not start, see $work/tray.log"
}

stage_tray() {
    start_tray
    sleep 4
    import -window root "$work/pictures/tray.png"
    xdotool mousemove 1013 758 click 3
    sleep 2
    import -window root "$work/pictures/tray-menu.png"
    tray_runs || fail "the tray does not run any more, see $work/tray.log"
    echo "Look at $work/pictures"
}

# An update with the game connected and the tray running: the game stays connected, the
# files are the new ones, the service is the same one.
stage_upgrade() {
    local key
    key=$(sha256sum <"$data/keys/login_key.pem")
    echo '# mine' >>"$data/mcos.yaml"
    connect
    start_tray
    msi /i "$work/$new.msi" || fail "the update ends with $?, see $work/msi.log"
    settled running || fail "the service does not run after the update"
    settled listens || fail "the server does not answer after the update"
    says "$new" mcos version || fail "wrong version after the update: $(mcos version)"
    [[ $(w uninstaller --list | grep -c MCOS) == 1 ]] || fail "installed twice: $(w uninstaller --list)"
    [[ $(sha256sum <"$data/keys/login_key.pem") == "$key" ]] || fail "the keys changed"
    grep -q '^# mine' "$data/mcos.yaml" || fail "the configuration changed"
    bot --name keeper --password-stdin <<<'keepers-word' || fail "the account is gone"
    connected || fail "the update has taken the game from its server"
    verify check installed $new || fail "it is not installed as it should be after the update"
    verify check connected 127.0.0.1 || fail "the update has taken the game from its server"
    ! tray_runs || fail "the update has left the old tray running"
    local file
    for file in mcos mcos-tray mcos-bot; do
        cmp "$work/files/$new/$file.exe" "$WINEPREFIX/drive_c/Program Files/MCOS/$file.exe" || fail "$file.exe is not the new one"
    done
}

# connect connects the artificial game to the server.
connect() {
    mcos client patch --host 127.0.0.1 --yes --game-dir 'C:\Games\MCO' || fail "the game cannot be patched"
    connected || fail "the patched game does not trust the server"
}
connected() { [[ $(cat "$game/pub.key") != 'the old key' ]] && trusted "$data/keys/server.crt"; }

# While the game runs, it cannot be restored, so a removal is refused: nothing may stay
# trusted with no program left that could undo it. A program that waits stands in for
# the game.
stage_running() {
    connected || connect
    local rc=0 pid
    rm -f "$work/keys"
    mkfifo "$work/keys"
    cp "$game/MCity.exe" "$work/MCity.exe"
    chmod u+w "$game/MCity.exe"
    cp "$WINEPREFIX/drive_c/windows/system32/cmd.exe" "$game/MCity.exe"
    : >"$work/said"
    wine 'C:\Games\MCO\MCity.exe' /c pause <"$work/keys" >"$work/said" 2>/dev/null &
    pid=$!
    exec 3>"$work/keys"
    settled test -s "$work/said" || fail "the game does not start"
    msi /x "$work/$new.msi" || rc=$?
    echo >&3
    exec 3>&-
    wait $pid || true
    cp "$work/MCity.exe" "$game/MCity.exe"
    [[ $rc != 0 ]] || fail "the removal with the game running says that all is well"
    connected || fail "half a removal: the game is not as it was"
    running || fail "the refused removal stopped the service"
    says "$new" mcos version || fail "the refused removal removed the programs"
    echo "ok: the removal is refused with $rc"
}

stage_uninstall() {
    connected || connect
    msi /x "$work/$new.msi" || fail "the removal ends with $?, see $work/msi.log"
    ! trusted "$data/keys/server.crt" || fail "the certificate is still trusted"
    settled gone || fail "the service still runs"
    [[ -e $data/mcos.db ]] || fail "the data are gone"
    [[ ! -e "$WINEPREFIX/drive_c/Program Files/MCOS" ]] || fail "left: $(ls "$WINEPREFIX/drive_c/Program Files/MCOS")"
    snapshot after
    same before after "after the removal"
    # Again, and this time with the data.
    msi /i "$work/$new.msi" || fail "the second installation ends with $?"
    ! msi /i "$work/$old.msi" || fail "the older version replaces the newer one"
    settled running || fail "the refused older version stopped the service"
    settled listens || fail "the server does not answer after the second installation"
    bot --name keeper --password-stdin <<<'keepers-word' || fail "the data did not survive the removal"
    msi /x "$work/$new.msi" REMOVEDATA=1 || fail "the removal with data ends with $?"
    verify check removed || fail "the removal with data left something"
    [[ ! -e $data ]] || fail "REMOVEDATA=1 left $(find "$data" | head)"
    snapshot after2
    same before after2 "after the second removal"
}

# A server of this computer, on the same ports.
server=
start_server() {
    "$work/mcos" run --data-dir "$work/data" >"$work/ready" 2>"$work/server.log" &
    server=$!
    settled listens || fail "no server, see $work/server.log"
}
stop_server() {
    [[ -n $server ]] || return 0
    kill "$server" 2>/dev/null || true
    wait "$server" 2>/dev/null || true
    server=
}

# Wine ends the services when the last other program has ended. A desktop does not
# count: it ends with the tray that is shown on it. So a program that waits for a key
# stays all the time.
start_wine() {
    rm -f "$work/stay"
    mkfifo "$work/stay"
    wine cmd /c 'echo up & pause' <"$work/stay" >"$work/stays" 2>/dev/null &
    exec 9>"$work/stay"
    settled grep -q up "$work/stays" || fail "Wine does not start"
    wine explorer /desktop=shell,1024x768 >/dev/null 2>&1 9>&- &
    settled xdotool search --name 'Wine desktop' || fail "Wine shows no desktop"
}

# stop_wine ends Wine: windows-client.sh waits for its end again and again.
stop_wine() {
    exec 9>&-
    wineserver -k || true
    wineserver -w
}

run_stages() {
    ip link set lo up
    rm -f "$work/display"
    Xvfb -displayfd 1 -screen 0 1024x768x24 -nolisten tcp >"$work/display" 2>/dev/null &
    local xvfb=$!
    trap 'stop_server; wineserver -k 2>/dev/null || true; wineserver -w 2>/dev/null || true; kill '$xvfb' 2>/dev/null || true' EXIT
    settled test -s "$work/display" || fail "Xvfb does not start"
    DISPLAY=:$(cat "$work/display")
    export DISPLAY
    start_wine
    local stage start
    for stage in "$@"; do
        start=$SECONDS
        echo "== $stage"
        "stage_$stage"
        echo "-- $stage: $((SECONDS - start)) s"
    done
    echo "All stages passed: $*"
}

if [[ ${1:-} == --inside ]]; then
    shift
    run_stages "$@"
    exit
fi
(($#)) || set -- "${stages[@]}"
for stage in "$@"; do
    [[ " ${stages[*]} " == *" $stage "* ]] || fail "there is no stage $stage; there are: ${stages[*]}"
done
echo "One stage again: packaging/test/windows.sh STAGE (${stages[*]}); everything is in $work"
if [[ $1 == prepare ]]; then
    echo "== prepare"
    stage_prepare
    echo "-- prepare: $SECONDS s"
    shift
fi
(($#)) || exit 0
# The usual ports of this computer are left alone.
own=(unshare -n)
[[ $(id -u) == 0 ]] || own=(unshare -r -n)
"${own[@]}" "$0" --inside "$@"
