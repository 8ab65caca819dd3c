#!/usr/bin/env bash
# Clicks through the menu of the Windows tray under Wine, with a made-up game: starts
# the server, leads the game to it, answers and types in the windows that ask, plays,
# puts the original settings back, quits; and takes pictures.
# Usage: tray-wine.sh DIR_WITH_THE_EXES OUT_DIR
# Needs wine gcc-mingw-w64-x86-64 xvfb xdotool imagemagick curl iproute2.
set -euo pipefail
for tool in wine x86_64-w64-mingw32-gcc Xvfb xdotool import compare curl ip unshare; do
    command -v "$tool" >/dev/null || { echo "$tool is missing: apt-get install wine gcc-mingw-w64-x86-64 xvfb xdotool imagemagick curl iproute2" >&2; exit 2; }
done
# A network of its own: the game's ports are free there. When this ends, all of Wine does.
if [ -z "${MCOS_TRAY_TEST:-}" ]; then
    exec env MCOS_TRAY_TEST=1 unshare --map-root-user --net --pid --fork --kill-child --mount-proc "$0" "$@"
fi
ip link set lo up
bin=$(realpath "$1"); out=$(realpath -m "$2"); mkdir -p "$out"
work=$(mktemp -d)
export HOME=$work WINEPREFIX=$work/prefix WINEDEBUG=-all
Xvfb -displayfd 3 -screen 0 1024x768x24 -nolisten tcp 3>"$work/display" >/dev/null 2>&1 & xvfb=$!
trap 'wineserver -k || true; kill $xvfb; wait $xvfb || true; rm -rf "$work"' EXIT
for _ in $(seq 50); do [ -s "$work/display" ] && break; sleep 0.1; done
DISPLAY=:$(cat "$work/display"); export DISPLAY

echo "Making a Wine prefix"
WINEDLLOVERRIDES=mscoree,mshtml= wineboot -i >/dev/null 2>&1
wineserver -w
# Programs of this Go ask for a library that older Wine does not have.
if ! [ -e "$WINEPREFIX/drive_c/windows/system32/bcryptprimitives.dll" ]; then
    printf '%s\n' '#include <windows.h>' 'BOOLEAN WINAPI SystemFunction036(PVOID, ULONG);' \
        'BOOL WINAPI ProcessPrng(PBYTE p, SIZE_T n) { return SystemFunction036(p, n); }' >"$work/bp.c"
    printf 'EXPORTS\nProcessPrng\n' >"$work/bp.def"
    x86_64-w64-mingw32-gcc -shared -o "$WINEPREFIX/drive_c/windows/system32/bcryptprimitives.dll" "$work/bp.c" "$work/bp.def" -ladvapi32
fi
program=$WINEPREFIX/drive_c/MCOS game=$WINEPREFIX/drive_c/MCO
mkdir -p "$program" "$game"
cp "$bin"/mcos.exe "$bin"/mcos-tray.exe "$program"
printf '%s\n' '#include <stdio.h>' 'int main(void) { FILE *f = fopen("started", "w"); fclose(f); return 0; }' >"$work/game.c"
x86_64-w64-mingw32-gcc -mwindows -o "$game/MCity.exe" "$work/game.c"

# until_ WHAT COMMAND...: waits until the command succeeds.
until_() {
    local what=$1
    shift
    for _ in $(seq 150); do "$@" >/dev/null 2>&1 && return; sleep 0.2; done
    echo "Failed: $what" >&2
    import -window root "$out/failed.png"
    exit 1
}
# changed WHAT: waits until the screen is another one than remember saw, and quiet but
# for a blinking cursor.
remember() { import -window root "$work/before.png"; cp "$work/before.png" "$work/last.png"; }
differ() { compare -metric AE "$1" "$2" null: 2>&1 || true; }
changed() {
    local same=0
    for _ in $(seq 60); do
        sleep 0.5
        import -window root "$work/now.png"
        if [ "$(differ "$work/now.png" "$work/last.png")" -lt 500 ]; then same=$((same + 1)); else same=0; fi
        cp "$work/now.png" "$work/last.png"
        if [ "$(differ "$work/now.png" "$work/before.png")" -gt 1000 ] && [ $same -ge 3 ]; then return; fi
    done
    until_ "$1" false
}
picture() { sleep 0.7; import -window root "$out/$1.png"; }
keys() { for k in "$@"; do xdotool key "$k"; sleep 0.3; done; }
# Where Wine's own taskbar has the icon.
menu() { xdotool mousemove "$icon" 757 click 3; sleep 1; }
led() { wine 'C:\MCOS\mcos.exe' client status 2>/dev/null | grep -q "$1"; }
icon=1014
click() { xdotool mousemove "$1" "$2"; sleep 0.5; xdotool click 1; sleep 0.5; }
# The lines of the menu and of Point game at, by their places on this screen.
start() { menu; click 910 633; }
play() { menu; click 910 650; }
point() { menu; xdotool mousemove 910 667; sleep 1.5; [ -z "${2:-}" ] || picture "$2"; click 729 "$1"; }
quit() { menu; click 910 736; }
here=667 host=684 original=710
said() { grep -q "$1" "$work/log"; }
ended() { ! curl -fs http://127.0.0.1:3000/healthz; }

wine explorer /desktop=shell,1024x768 'C:\MCOS\mcos-tray.exe' >"$work/log" 2>&1 &
sleep 12
xdotool search --onlyvisible --class explorer windowfocus # there is no window manager
picture stopped
echo "Start server"
start
until_ "server" curl -fs http://127.0.0.1:3000/healthz
sleep 4

echo "Play: an account first, then the game"
remember; play; changed "question about an account"; picture tray-account
keys Return # Yes
until_ "game" test -e "$game/started"
until_ "words for it" said "The game is starting"
led "led to 127.0.0.1 by this program"
sleep 4

echo "Original settings"
point $original tray
until_ "words for it" said "has its original settings again"
led "knows no server yet"
sleep 3

echo "A host that makes no sense, then one that does"
remember; point $host; changed "question for the host"
xdotool type --delay 50 'my server!'; sleep 1
remember; keys Return; changed "second question"; picture tray-host
xdotool type --delay 50 localhost; keys Return
until_ "words for it" said "The game is led to this computer"
led "led to 127.0.0.1 by this program"
sleep 3

echo "Stop server, Quit"
start # the same line
until_ "end of the server" ended
sleep 4; picture end
quit
for _ in $(seq 50); do wine tasklist 2>/dev/null | grep -q mcos-tray || break; sleep 0.3; done
! wine tasklist 2>/dev/null | grep mcos-tray
echo "All clicks did what they say. Pictures are in $out"
