# Before the files of the .rpm are unpacked. $1 is 1 on the first installation.
own=/etc/systemd/system/mcos.service
if [ -f "$own" ] && grep -q '^ExecStart=.* service entry$' "$own"; then
    echo "mcos: replacing the service that 'mcos service install' made; its data stay."
    [ -d /run/systemd/system ] && systemctl stop mcos.service
    rm -f "$own" /etc/sysusers.d/mcos.conf /etc/polkit-1/rules.d/50-mcos.rules
fi
exit 0
