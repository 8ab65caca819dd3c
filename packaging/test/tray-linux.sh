#!/usr/bin/env bash
# Shows the tray on a desktop of its own and takes pictures: icon and open menu, with
# the server stopped and running. Usage: tray-linux.sh BIN_DIR OUT_DIR
# Needs xvfb dbus dbus-x11 xfce4-panel xdotool imagemagick curl.
set -euo pipefail
bin=$(realpath "$1"); out=$(realpath -m "$2"); mkdir -p "$out"
work=$(mktemp -d); display=:$((RANDOM % 400 + 100))
Xvfb "$display" -screen 0 1024x768x24 >/dev/null 2>&1 & xvfb=$!
trap 'kill $xvfb 2>/dev/null || true; rm -rf "$work"' EXIT
export DISPLAY=$display HOME=$work XDG_RUNTIME_DIR=$work/run bin out work
export MCOS_DATA_DIR=$work/data MCOS_PORTS_HTTP=0 MCOS_PORTS_HTTPS=0 MCOS_PORTS_LOGIN=0 MCOS_PORTS_MAIL=0 MCOS_PORTS_PERSONA=0
export MCOS_PORTS_LOBBY=0 MCOS_PORTS_ROOMS=0 MCOS_PORTS_MCOTS=0 MCOS_PORTS_CONSOLE=$((RANDOM % 1000 + 23000))
mkdir -m 700 "$XDG_RUNTIME_DIR"; sleep 1
timeout 90 dbus-run-session -- bash -c '
set -eu
pids=
trap "kill \$pids 2>/dev/null || true" EXIT
xfce4-panel --disable-wm-check >/dev/null 2>&1 & pids="$pids $!"
sleep 5
"$bin/mcos-tray" --console 127.0.0.1:$MCOS_PORTS_CONSOLE & tray=$!; pids="$pids $tray"
sleep 4
import -window root "$out/stopped.png"
"$bin/mcos" run >/dev/null 2>"$work/log" & server=$!; pids="$pids $server"
for i in $(seq 50); do curl -fs http://127.0.0.1:$MCOS_PORTS_CONSOLE/healthz >/dev/null && break; sleep 0.2; done
sleep 3
import -window root "$out/running.png"
# Where the default panel of xfce4-panel 4.18 puts the icon on this screen.
xdotool mousemove 899 13 click 3; sleep 1
import -window root "$out/menu.png"
# Quit is the last line of the menu.
xdotool key Up Return
for i in $(seq 50); do kill -0 $tray 2>/dev/null || exit 0; sleep 0.1; done
echo "Quit did not end the tray." >&2; exit 1
'
echo "Pictures are in $out"
