# After the files of the .rpm are unpacked. $1 is 1 on the first installation.
systemd-sysusers mcos.conf || :
if [ -d /run/systemd/system ]; then
    systemctl daemon-reload || :
fi
if [ "$1" = 1 ]; then
    systemctl enable mcos.service >/dev/null 2>&1 || :
    if [ -d /run/systemd/system ]; then
        systemctl start mcos.service ||
            echo "mcos: the server did not start. 'mcos service status' says why; then: mcos service start"
    fi
elif [ -d /run/systemd/system ]; then
    systemctl try-restart mcos.service || :
fi
exit 0
