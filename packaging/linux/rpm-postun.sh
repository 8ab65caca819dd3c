# After the files of the .rpm are removed; the data in /var/lib/mcos stay.
if [ -d /run/systemd/system ]; then
    systemctl daemon-reload || :
fi
exit 0
