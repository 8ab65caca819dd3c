# Before the files of the .rpm are removed. $1 is 0 when no other version stays.
if [ "$1" = 0 ]; then
    if [ -d /run/systemd/system ]; then
        systemctl disable --now mcos.service || :
    else
        systemctl disable mcos.service || :
    fi
fi
exit 0
