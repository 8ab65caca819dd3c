#!/usr/bin/env bash
# The .deb and the .rpm from the first installation to the removal, in a Debian of its
# own with systemd, booted in a container with a network of its own. make e2e-linux
# runs it as root; with names of stages it runs only these on what earlier ones have
# left:
#   packaging/test/linux.sh [prepare|install|play|rights|faults|upgrade|reboot|connected|remove|takeover|rpm]...
# The computer's own init need not be systemd.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
work=${E2E_DIR:-${TMPDIR:-/tmp}/mcos-e2e-linux}
root=$work/root
stages=(prepare install play rights faults upgrade reboot connected remove takeover rpm)
old=0.9.0 new=0.9.1
suite=bookworm

fail() { echo "FAILED: $*" >&2; exit 1; }
[[ $(id -u) == 0 ]] || fail "containers need root: run this with sudo"

stage_prepare() {
    local missing=() tool version mirror
    for tool in debootstrap:debootstrap systemd-nspawn:systemd-container script:bsdutils nsenter:util-linux; do
        command -v "${tool%%:*}" >/dev/null || missing+=("${tool##*:}")
    done
    if ((${#missing[@]})); then
        DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install -q -y --no-install-recommends "${missing[@]}"
    fi
    mkdir -p "$work/share"
    for version in $old $new; do
        make --no-print-directory package VERSION="$version" PACKAGES="deb rpm" DIST="$work/dist"
        cp "$work/dist/mcos_${version}_amd64.deb" "$work/dist/mcos-$version-1.x86_64.rpm" "$work/share/"
    done
    mirror=${MIRROR:-$(apt-get indextargets --format '$(REPO_URI)' "Codename: $suite" 2>/dev/null | grep '/debian/$' | head -n 1)}
    rm -rf "$root"
    if [[ ! -e $work/base.tar ]]; then
        echo "Making a Debian $suite; this takes a minute or two."
        debootstrap --variant=minbase --include=systemd,systemd-sysv,dbus,libpam-systemd,polkitd,iproute2,curl,procps,rpm \
            "$suite" "$root" ${mirror:+"$mirror"} >"$work/debootstrap.log" || fail "see $work/debootstrap.log"
        tar -C "$root" -cf "$work/base.tar" .
    else
        mkdir -p "$root"
        tar -C "$root" -xpf "$work/base.tar"
    fi
}

# leader is the process that is systemd of the container.
leader() {
    local nspawn
    nspawn=$(pgrep -f "^systemd-nspawn .*-D $root ") && pgrep -P "$nspawn"
}

# inside COMMAND... runs in the container.
inside() {
    local pid
    pid=$(leader) || return 1
    nsenter -t "$pid" -m -u -i -n -p -C -- env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
        LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"
}

# up waits until the container has started.
up() {
    local state=''
    for _ in $(seq 150); do
        state=$(inside systemctl is-system-running 2>/dev/null || true)
        [[ $state != running && $state != degraded ]] || return 0
        sleep 0.2
    done
    fail "the container does not start ($state), see $work/boot.log"
}

# boot starts the container. It wants a control group of its own and a terminal.
boot() {
    cat >"$work/nspawn.sh" <<END
set -e
mount --make-rprivate /
umount -R /sys/fs/cgroup 2>/dev/null || true
mount -t cgroup2 cgroup2 /sys/fs/cgroup
mkdir -p /sys/fs/cgroup/mcos-e2e
echo \$\$ >/sys/fs/cgroup/mcos-e2e/cgroup.procs
export SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1
exec systemd-nspawn --quiet --register=no --keep-unit --private-network --bind-ro=$work/share:/e2e -D $root --machine=mcos-e2e -b -- --log-target=console
END
    setsid script -qfc "unshare -m bash $work/nspawn.sh" "$work/boot.log" >/dev/null 2>&1 &
    up
}

# ended waits until the container has gone.
ended() {
    for _ in $(seq 150); do
        leader >/dev/null || return 0
        sleep 0.2
    done
    echo "The container still runs: kill -9 $(leader)" >&2
    return 1
}

halt() {
    ! leader >/dev/null || inside systemctl poweroff >/dev/null 2>&1 || true
    ended
}

# The container goes down for a reboot and is then started like a computer.
stage_reboot() {
    inside systemctl reboot >/dev/null 2>&1 || true
    ended || fail "the container does not go down"
    boot
    inside bash /e2e/linux-inside.sh reboot
}

(($#)) || set -- "${stages[@]}"
for stage in "$@"; do
    [[ " ${stages[*]} " == *" $stage "* ]] || fail "there is no stage $stage; there are: ${stages[*]}"
done
echo "One stage again: packaging/test/linux.sh STAGE (${stages[*]}); everything is in $work"
if [[ $1 == prepare ]]; then
    echo "== prepare"
    stage_prepare
    echo "-- prepare: $SECONDS s"
    shift
fi
(($#)) || exit 0
cp packaging/test/linux-inside.sh "$work/share/"
trap halt EXIT
boot
for stage in "$@"; do
    start=$SECONDS
    echo "== $stage"
    if [[ $stage == reboot ]]; then
        stage_reboot
    else
        inside bash /e2e/linux-inside.sh "$stage"
    fi
    echo "-- $stage: $((SECONDS - start)) s"
done
echo "All stages passed: $*"
