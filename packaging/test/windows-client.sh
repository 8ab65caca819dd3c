#!/usr/bin/env bash
# Patches and unpatches an artificial game in a Wine prefix with the Windows program,
# and with the Linux program when it is given, and compares the whole registry and all
# game files before and after; also after programs that were killed, with the game
# running, and after the removal of what other servers leave.
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
hosts="$WINEPREFIX/drive_c/windows/system32/drivers/etc/hosts"
mkdir -p "${hosts%/*}"
printf '127.0.0.1 localhost\r\n10.0.0.1 www.ea.com # another server\r\n' >"$hosts"
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
    cat "$hosts" >"$1.hosts"
    (cd "$game" && find . -printf '%P %m\n' | sort && find . -type f -print0 | sort -z | xargs -0 sha256sum) >"$1.files"
}

same() {
    local kind bad=
    for kind in reg files hosts; do
        diff "$work/before.$kind" "$work/$1.$kind" >"$work/diff" || { bad=1; head -40 "$work/diff"; }
    done
    if [[ -n $bad ]]; then
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
    # Without Wine in between, its files are the same byte for byte.
    cp "$WINEPREFIX"/*.reg "$work"
    "$linux" client patch --wine-prefix "$WINEPREFIX" --host "$server" --yes
    "$linux" client unpatch --wine-prefix "$WINEPREFIX"
    for f in system user; do cmp "$work/$f.reg" "$WINEPREFIX/$f.reg"; done
    echo "ok: byte for byte"
fi

# Each part by itself, as the tray and the uninstaller do it.
for part in machine user; do wine "$exe" client patch --host "$server" --yes --part $part; done
wine "$exe" client patch --host "$server" --dry-run | grep 'Nothing is to be changed'
for part in user machine; do wine "$exe" client unpatch --part $part; done
snapshot "$work/parts"
same parts
echo "ok: parts"

# The script for old versions of Windows, in Wine's command interpreter.
curl -fsS "http://$server/setup.bat" -o "$WINEPREFIX/drive_c/setup.bat"
# It shows a fingerprint and asks; any other answer changes nothing.
wine cmd /c 'C:\setup.bat' setup 'C:\Games\MCO' <<<'no' || true
snapshot "$work/refused"
same refused
wine cmd /c 'C:\setup.bat' setup 'C:\Games\MCO' <<<'yes'
wine "$exe" client status | grep "led to ${server%%:*}"
wine cmd /c 'C:\setup.bat' undo
rm "$WINEPREFIX/drive_c/setup.bat"
snapshot "$work/script"
same script
echo "ok: setup.bat"

# What other servers leave.
nps='HKLM\SOFTWARE\Electronic Arts\Network Play System'
wine reg add "$nps" /v AuthUse_NPS_AAI /t REG_DWORD /d 1 /f /reg:32 >/dev/null 2>&1
snapshot "$work/before"
wine "$exe" client cleanup --dry-run | tee "$work/plan"
grep -q 'www.ea.com' "$work/plan" && grep -q AuthUse_NPS_AAI "$work/plan"
wine "$exe" client cleanup --yes
grep -q '^#mcos# 10.0.0.1 www.ea.com' "$hosts"
wine "$exe" client cleanup | grep 'No other server has left anything'
wine "$exe" client cleanup --undo
snapshot "$work/cleanup"
same cleanup
echo "ok: cleanup"

# Killed in the middle, at several times. What it left can be undone.
for after in 0.8 1.6 2.4; do
    timeout -s KILL $after wine "$exe" client patch --host "$server" --yes >/dev/null 2>&1 || true
    wineserver -w
    wine "$exe" client unpatch
done
snapshot "$work/killed"
same killed
echo "ok: killed"

# The game runs: nothing is changed. A program that waits stands in for the game.
chmod u+w "$game/MCity.exe"
cp "$WINEPREFIX/drive_c/windows/system32/cmd.exe" "$game/MCity.exe"
snapshot "$work/before"
mkfifo "$work/keys"
wine 'C:\Games\MCO\MCity.exe' /c pause <"$work/keys" >"$work/said" 2>/dev/null &
pid=$!
exec 3>"$work/keys"
for _ in $(seq 100); do [[ -s $work/said ]] && break || sleep 0.1; done
if wine "$exe" client patch --host "$server" --yes 2>"$work/errors"; then
    echo "FAILED: patched a running game" >&2
    exit 1
fi
grep 'the game is running' "$work/errors"
echo >&3
exec 3>&-
wait $pid || true
snapshot "$work/running"
same running
echo "ok: game running"
# As the stages after this one expect it.
printf MZ >"$game/MCity.exe"
chmod a-w "$game/MCity.exe"
rm -f "$hosts"
wine reg delete "$nps" /v AuthUse_NPS_AAI /f /reg:32 >/dev/null 2>&1
wineserver -w
echo "All client checks passed."
