#!/usr/bin/env bash
# The stages of linux.sh, as they run inside the container.
set -euo pipefail
old=0.9.0 new=0.9.1
data=/var/lib/mcos

fail() {
    echo "FAILED: $*" >&2
    systemctl status mcos --no-pager -l 2>&1 | tail -n 15 >&2 || true
    exit 1
}
settled() {
    for _ in $(seq 100); do
        ! "$@" >/dev/null 2>&1 || return 0
        sleep 0.2
    done
    return 1
}
says() { local out; out=$("${@:2}" 2>&1) || true; [[ $out == *"$1"* ]]; }
is() { [[ $(systemctl is-active mcos 2>/dev/null || true) == "$1" ]]; }
listens() { curl -fs -o /dev/null http://127.0.0.1/; }
pid() { systemctl show mcos -p MainPID --value; }
up() {
    settled is active || fail "$1: the service is not active"
    settled listens || fail "$1: the server does not answer"
}
keeper() { mcos-bot --name keeper --password-stdin "$@" <<<'keepers-word' >/tmp/bot.log || { cat /tmp/bot.log; fail "the session of the bot failed"; }; }

stage_install() {
    ip link set lo up
    dpkg -i /e2e/mcos_${old}_amd64.deb || fail "the installation failed"
    up install
    [[ $(systemctl is-enabled mcos) == enabled ]] || fail "it does not start together with the computer"
    [[ $(ps -o user= -p "$(pid)") == mcos ]] || fail "it runs as $(ps -o user= -p "$(pid)")"
    grep -q '^CapEff:.*0000000000000400$' "/proc/$(pid)/status" || fail "its capabilities: $(grep Cap "/proc/$(pid)/status")"
    [[ $(stat -c '%U %a' $data) == 'mcos 750' ]] || fail "rights of $data: $(stat -c '%U %a' $data)"
    [[ $(stat -c '%U %a' $data/keys/login_key.pem) == 'mcos 600' ]] || fail "rights of the key: $(stat -c '%U %a' $data/keys/login_key.pem)"
    says 'the installed package' mcos service status || fail "mcos service status: $(mcos service status)"
    ! mcos service install || fail "mcos service install although there is a package"
    ! mcos service uninstall || fail "mcos service uninstall removes the service of the package"
    echo "Hardening (0 is best, 10 worst): $(systemd-analyze security mcos --no-pager | tail -n 1)"
}

stage_play() {
    mcos-bot --sign-up --name keeper --password-stdin <<<'keepers-word'
    mcos doctor
}

# Members of the group mcos may start and stop the service, others may not. (Who sits
# at the screen may, too; there is no screen here.)
stage_rights() {
    id player >/dev/null 2>&1 || useradd -m -G mcos player
    id stranger >/dev/null 2>&1 || useradd -m stranger
    ! runuser -u stranger -- mcos service stop || fail "a stranger may stop the service"
    is active || fail "a stranger has stopped the service"
    runuser -u player -- mcos service stop || fail "a member of mcos may not stop the service"
    is inactive || fail "it is $(systemctl is-active mcos)"
    runuser -u player -- mcos service start || fail "a member of mcos may not start the service"
    runuser -u player -- mcos service restart || fail "a member of mcos may not restart the service"
    ! runuser -u player -- systemctl disable mcos || fail "a member of mcos may disable the service"
    ! runuser -u player -- cat $data/keys/login_key.pem || fail "a member of mcos may read the keys"
    up rights
}

stage_faults() {
    local before
    before=$(pid)
    kill -9 "$before"
    changed() { local now; now=$(pid); [[ $now != 0 && $now != "$before" ]]; }
    settled changed || fail "it was not started again after a kill"
    up "after a kill"
    keeper

    echo 'serverr: 1' >>$data/mcos.yaml
    ! mcos service restart || fail "it starts with a mistake in the configuration"
    says serverr mcos service status || fail "the status does not name the mistake: $(mcos service status)"
    sed -i '/^serverr: 1$/d' $data/mcos.yaml
    mcos service start || fail "it does not start with the mistake corrected"

    mcos service stop
    mcos run --data-dir /tmp/other --ports http=0,https=0,login=0,mail=0,persona=0,lobby=0,rooms=9000-9020+10001,mcots=0,console=0 >/tmp/ready 2>/dev/null &
    local other=$!
    settled test -s /tmp/ready || fail "the other server does not start"
    ! mcos service start || fail "it starts although a port is taken"
    says 9000 mcos service status || fail "the status does not name the port: $(mcos service status)"
    kill $other
    wait $other || true
    systemctl reset-failed mcos || true
    mcos service start || fail "it does not start with the port free again"

    # Stopping while somebody plays is quick, and he is told.
    mcos-bot --name keeper --password-stdin --idle 1m <<<'keepers-word' >/tmp/bot.log 2>&1 &
    settled grep -q ' room  ' /tmp/bot.log || fail "the bot does not get into the room: $(cat /tmp/bot.log)"
    local start=$SECONDS
    mcos service stop
    ((SECONDS - start < 25)) || fail "stopping took $((SECONDS - start)) s"
    is inactive || fail "after stop it is $(systemctl is-active mcos)"
    wait || true
    mcos service start
    up faults
}

stage_upgrade() {
    local before
    echo '# mine' >>/etc/default/mcos
    before=$(pid)
    dpkg -i --force-confold /e2e/mcos_${new}_amd64.deb || fail "the update failed"
    up upgrade
    says $new mcos version || fail "wrong version: $(mcos version)"
    [[ $(pid) != "$before" ]] || fail "the old program still runs"
    grep -q '^# mine' /etc/default/mcos || fail "the settings changed"
    keeper
    # A server that its owner stopped and switched off stays so.
    systemctl disable --now mcos
    dpkg -i --force-confold /e2e/mcos_${new}_amd64.deb
    is inactive || fail "an update starts a server that its owner stopped"
    [[ $(systemctl is-enabled mcos || true) == disabled ]] || fail "an update switches the service on again"
    systemctl enable --now mcos
    up "switched on again"
}

stage_reboot() {
    ip link set lo up
    up reboot
    keeper
}

# A Wine prefix with an artificial game, connected to the server by its player. While a
# program holds the prefix, the game cannot be restored, so the package stays.
stage_connected() {
    local prefix=/home/player/.wine rc=0
    id player >/dev/null 2>&1 || useradd -m player
    rm -rf $prefix
    mkdir -p $prefix/drive_c/Games/MCO $prefix/dosdevices
    ln -s ../drive_c $prefix/dosdevices/c:
    printf 'WINE REGISTRY Version 2\n\n#arch=win64\n\n[Software\\\\Wow6432Node\\\\Electronic Arts\\\\Motor City\\\\1.0] 1700000000\n"ShardUrl"="http://159.153.226.86/ShardList/"\n' >$prefix/system.reg
    printf 'WINE REGISTRY Version 2\n\n#arch=win64\n' >$prefix/user.reg
    printf MZ >$prefix/drive_c/Games/MCO/MCity.exe
    printf 'the old key' >$prefix/drive_c/Games/MCO/pub.key
    chown -R player: $prefix
    (cd $prefix && find . -type f -print0 | sort -z | xargs -0 sha256sum) >/tmp/prefix.before
    runuser -u player -- env HOME=/home/player mcos client patch --host 127.0.0.1 --yes || fail "the game cannot be connected"
    [[ $(cat $prefix/drive_c/Games/MCO/pub.key) != 'the old key' ]] || fail "the game is not connected"
    hold $prefix
    dpkg -r mcos >/tmp/refused 2>&1 || rc=$?
    release
    [[ $rc != 0 ]] || fail "the package is removed with a connected game that cannot be restored"
    says player: cat /tmp/refused || fail "it is not said whose game it is: $(cat /tmp/refused)"
    up "after the refused removal"
    [[ $(cat $prefix/drive_c/Games/MCO/pub.key) != 'the old key' ]] || fail "half a removal"
}

# hold PREFIX plays the Wine that serves a prefix; release ends it.
hold() {
    local dir
    dir=/tmp/.wine-$(id -u player)/server-$(stat -c %D "$1")-$(printf %x "$(stat -c %i "$1")")
    runuser -u player -- mkdir -p -m 700 "$dir"
    runuser -u player -- sh -c 'cd "$0" && exec sleep 60' "$dir" &
    holder=$!
    held() { pgrep -u player -x sleep; }
    settled held || fail "the prefix cannot be held"
}
release() { pkill -u player -x sleep; wait $holder 2>/dev/null || true; }

stage_remove() {
    dpkg -r mcos
    (cd /home/player/.wine && find . -type f -print0 | sort -z | xargs -0 sha256sum) | diff /tmp/prefix.before - || fail "the game is not as it was"
    [[ ! -e /lib/systemd/system/mcos.service ]] || fail "the unit is still there"
    ! listens || fail "the server still answers"
    [[ -e $data/mcos.db ]] || fail "the data are gone"
    dpkg -i /e2e/mcos_${new}_amd64.deb
    up "installed again"
    keeper
    dpkg -P mcos
    [[ ! -e $data ]] || fail "the data are still there"
    ! getent passwd mcos || fail "the user is still there"
    ! find / -xdev -path /proc -prune -o -path /sys -prune -o -path /tmp -prune -o -path /run -prune -o -iname '*mcos*' -print |
        grep -v -e '^/var/log/' -e '^/e2e' || fail "the purge left files"
}

# The program without a package makes its own service; a package takes it over.
stage_takeover() {
    dpkg-deb -x /e2e/mcos_${old}_amd64.deb /tmp/unpacked
    install -m 755 /tmp/unpacked/usr/bin/mcos /tmp/unpacked/usr/bin/mcos-bot /usr/local/bin/
    /usr/local/bin/mcos service install
    /usr/local/bin/mcos service start
    up "service install"
    says 'mcos service install' /usr/local/bin/mcos service status || fail "$(/usr/local/bin/mcos service status)"
    mcos-bot --sign-up --name keeper --password-stdin <<<'keepers-word' >/dev/null
    rm -rf /usr/local/bin/mcos*
    hash -r
    dpkg -i /e2e/mcos_${new}_amd64.deb
    up takeover
    says 'the installed package' mcos service status || fail "the old service is still there"
    keeper
    dpkg -P mcos

    install -m 755 /tmp/unpacked/usr/bin/mcos /usr/local/bin/
    hash -r
    mcos service install
    mcos service start
    up "service install"
    mcos service uninstall
    says 'not installed' mcos service status || fail "$(mcos service status)"
    [[ -e $data/mcos.db ]] || fail "the data are gone"
    rm -rf /usr/local/bin/mcos* $data /tmp/unpacked
}

# The .rpm, with the tools of Debian: its scripts meet a real systemd all the same.
stage_rpm() {
    rpm -i --nodeps --force-debian /e2e/mcos-$old-1.x86_64.rpm || fail "the installation failed"
    up rpm
    mcos-bot --sign-up --name keeper --password-stdin <<<'keepers-word' >/dev/null
    echo '# mine' >>/etc/default/mcos
    rpm -U --nodeps --force-debian /e2e/mcos-$new-1.x86_64.rpm || fail "the update failed"
    up "update"
    says $new mcos version || fail "wrong version: $(mcos version)"
    grep -q '^# mine' /etc/default/mcos || fail "the settings changed"
    keeper
    rpm -e --nodeps --force-debian mcos || fail "the removal failed"
    ! listens || fail "the server still answers"
    [[ ! -e /usr/lib/systemd/system/mcos.service ]] || fail "the unit is still there"
    [[ -e $data/mcos.db ]] || fail "the data are gone"
}

"stage_$1"
