#!/usr/bin/env bash
# Clicks through the tray's menu on a desktop of its own: starts the server, leads a
# made-up game in a made-up Wine prefix to it, plays, leads it to a server found on the
# network and plays there, puts the original settings back, types a server that makes no
# sense and one that does, quits; and takes pictures.
# Nothing of Wine is needed: a stub stands in for it. Usage: tray-linux.sh BIN_DIR OUT_DIR
# Needs xvfb dbus dbus-x11 xfce4-panel openbox zenity xdotool imagemagick curl iproute2.
set -euo pipefail
for tool in Xvfb dbus-run-session xfce4-panel openbox zenity xdotool import convert curl ip unshare; do
    command -v "$tool" >/dev/null || { echo "$tool is missing: apt-get install xvfb dbus dbus-x11 xfce4-panel openbox zenity xdotool imagemagick curl iproute2" >&2; exit 2; }
done
# A network of its own: the game's ports are free there, and nobody else is met.
if [ -z "${MCOS_TRAY_TEST:-}" ]; then
    exec env MCOS_TRAY_TEST=1 unshare --map-root-user --net --pid --fork --kill-child --mount-proc "$0" "$@"
fi
ip link set lo up
# The house across the street.
unshare --net sleep infinity & friend=$!
for _ in $(seq 50); do [ "$(readlink /proc/$friend/ns/net)" != "$(readlink /proc/self/ns/net)" ] && break; sleep 0.1; done
there() { nsenter --target "$friend" --net "$@"; }
ip link add street type veth peer name street netns "$friend"
ip addr add 10.77.0.1/24 dev street
ip link set street up
there ip link set lo up
there ip addr add 10.77.0.2/24 dev street
there ip link set street up
bin=$(realpath "$1"); out=$(realpath -m "$2"); mkdir -p "$out"
work=$(mktemp -d)
export HOME=$work/home XDG_RUNTIME_DIR=$work/run MCOS_DATA_DIR=$work/data
unset XDG_CONFIG_HOME XDG_CACHE_HOME XDG_DATA_HOME WINEPREFIX
mkdir -p -m 700 "$HOME" "$XDG_RUNTIME_DIR" "$work/stub"
export PATH=$work/stub:$PATH bin out work

# What the tray starts is written down.
for name in wine xdg-open; do
    printf '#!/bin/sh\necho "%s $*" >>"%s/started"\n' "$name" "$work" >"$work/stub/$name"
    chmod +x "$work/stub/$name"
done
prefix=$HOME/.wine
mkdir -p "$prefix/drive_c/MCO" "$prefix/dosdevices"
ln -s ../drive_c "$prefix/dosdevices/c:"
echo MZ >"$prefix/drive_c/MCO/MCity.exe"
for hive in system user; do
    printf 'WINE REGISTRY Version 2\n\n#arch=win64\n\n[Software\\\\Wow6432Node] 1700000000\n\n' >"$prefix/$hive.reg"
done

MCOS_DATA_DIR=$work/friend MCOS_SHARD_NAME="Casa Grande" nsenter --target "$friend" --net "$bin/mcos" run >/dev/null 2>"$work/friend.log" &
Xvfb -displayfd 3 -screen 0 1024x768x24 -nolisten tcp 3>"$work/display" >/dev/null 2>&1 & xvfb=$!
trap 'kill $xvfb; wait $xvfb || true; rm -rf "$work"' EXIT
for _ in $(seq 50); do [ -s "$work/display" ] && break; sleep 0.1; done
DISPLAY=:$(cat "$work/display"); export DISPLAY
# A panel with nothing but icons, so that the one of the tray has a fixed place.
mkdir -p "$HOME/.config/xfce4/xfconf/xfce-perchannel-xml"
cat >"$HOME/.config/xfce4/xfconf/xfce-perchannel-xml/xfce4-panel.xml" <<'PANEL'
<?xml version="1.0" encoding="UTF-8"?>
<channel name="xfce4-panel" version="1.0">
  <property name="configver" type="int" value="2"/>
  <property name="panels" type="array">
    <value type="int" value="1"/>
    <property name="dark-mode" type="bool" value="true"/>
    <property name="panel-1" type="empty">
      <property name="position" type="string" value="p=6;x=0;y=0"/>
      <property name="position-locked" type="bool" value="true"/>
      <property name="length" type="uint" value="100"/>
      <property name="icon-size" type="uint" value="16"/>
      <property name="size" type="uint" value="26"/>
      <property name="plugin-ids" type="array"><value type="int" value="1"/></property>
    </property>
  </property>
  <property name="plugins" type="empty"><property name="plugin-1" type="string" value="systray"/></property>
</channel>
PANEL
cat >"$work/clicks" <<'CLICKS'
set -eu
# until WHAT COMMAND...: waits until the command succeeds.
until_() {
    what=$1; shift
    for _ in $(seq 100); do "$@" >/dev/null 2>&1 && return; sleep 0.2; done
    echo "Failed: $what"
    import -window root "$out/failed.png"
    echo "--- tray"; cat "$work/tray.log" "$work/bus"; echo "--- started"; cat "$work/started" || true
    exit 1
}
gone() { ! kill -0 "$1"; }
menu() { xdotool mousemove 15 13 click 3; sleep 0.7; }
keys() { for k in "$@"; do xdotool key "$k"; sleep 0.2; done; }
# dialog NAME: a picture of the window that asks.
dialog() { sleep 0.5; import -window "$(window | head -1)" "$out/$1.png"; }
window() { xdotool search --onlyvisible --name "^MCOS$"; }
noWindow() { ! window; }
led() { "$bin/mcos" client status | grep -q "$1"; }
# What the tray tells the player goes over the bus to whoever shows notifications, and
# to its standard error where nobody does.
said() { cat "$work/tray.log" "$work/bus" | grep -q "$1"; }

stdbuf -oL dbus-monitor "interface='org.freedesktop.Notifications'" >"$work/bus" 2>&1 &
openbox >/dev/null 2>&1 &
echo "Without a panel it says so; there is no server whose page it could open"
! "$bin/mcos-tray" 2>"$work/tray.log" || exit 1
said "shows no tray icons"
: >"$work/started"
xfce4-panel --disable-wm-check >/dev/null 2>&1 &
sleep 4
"$bin/mcos-tray" >"$work/tray.log" 2>&1 & tray=$!
sleep 3
import -window root "$out/stopped.png"
echo "A second one says where the first is and leaves"
"$bin/mcos-tray" 2>>"$work/tray.log"
until_ "words for it" said "is running already"

echo "Start server"
menu; keys Down Return
until_ "server" curl -fs http://127.0.0.1:3000/healthz
sleep 2.5
import -window root "$out/running.png"

echo "A second one opens the console's page and leaves"
"$bin/mcos-tray"
until_ "page of the second tray" grep -q "xdg-open http://127.0.0.1:3000/" "$work/started"

echo "Open console, with a link that logs in"
menu; keys Down Down Down Down Return
until_ "link" grep -q "xdg-open http://127.0.0.1:3000/.*[=/][A-Za-z0-9_-]\{20\}" "$work/started"

echo "Start with the system"
menu; keys Down Down Down Down Down Return
until_ "entry for the login" grep -q -- "--login" "$HOME/.config/autostart/mcos-tray.desktop"

echo "Point game at this computer"
menu; keys Down Down Down Right Return
until_ "game led here" led "led to 127.0.0.1 by this program"
until_ "words for it" said "The game is led to this computer"
sleep 1

echo "Play: an account first, then the game"
menu; keys Down Down Return
until_ "question about an account" window
dialog tray-account
xdotool windowfocus --sync "$(window | head -1)"; keys Escape
until_ "sign-up page" grep -q "xdg-open http://127.0.0.1/SubscribeEntry.jsp" "$work/started"
until_ "words for it" said "Then click Play again"
sleep 1
menu; keys Down Down Return
until_ "game" grep -qF 'wine C:\MCO\MCity.exe' "$work/started"
until_ "words for it" said "The game is starting"
sleep 1

echo "Point game at a server on the network, and play there"
menu; keys Down Down Down Right Down; import -window root -crop 620x240+0+0 "$out/tray.png"; keys Return
until_ "question about the fingerprint" window
dialog tray-fingerprint
xdotool windowfocus --sync "$(window | head -1)"; keys Return
until_ "game led there" led "led to 10.77.0.2 by this program"
until_ "words for it" said "The game is led to 10.77.0.2"
sleep 1
: >"$work/started"
menu; keys Down Down Return
until_ "question about an account" window
xdotool windowfocus --sync "$(window | head -1)"; keys Return
until_ "game" grep -qF 'wine C:\MCO\MCity.exe' "$work/started"
sleep 5

echo "Original settings"
menu; keys Down Down Down Right Down Down Down Return
until_ "original settings" led "knows no server yet"
until_ "words for it" said "has its original settings again"
sleep 1

echo "A host that makes no sense, then one that does"
menu; keys Down Down Down Right Down Down Return
until_ "question for the host" window
xdotool windowfocus --sync "$(window | head -1)"; xdotool type --delay 30 'my server!'; sleep 0.3
keys Return
sleep 1.5; until_ "second question" window
dialog tray-host
xdotool windowfocus --sync "$(window | head -1)"; keys ctrl+a; xdotool type --delay 30 'localhost'; keys Return
until_ "game led here again" led "led to 127.0.0.1 by this program"
until_ "no window" noWindow
sleep 1

echo "Stop server, Quit"
menu; keys Down Return
until_ "end of the server" bash -c '! curl -fs http://127.0.0.1:3000/healthz'
sleep 2.5
menu; keys Up Return
until_ "end of the tray" gone $tray
wait $tray || { echo "The tray ended with an error:" >&2; cat "$work/tray.log" >&2; exit 1; }
echo "All clicks did what they say. Pictures are in $out"
CLICKS
timeout 240 dbus-run-session -- bash "$work/clicks" 2> >(grep -v dbus-daemon >&2)
