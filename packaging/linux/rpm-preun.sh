# Before the files of the .rpm are removed. $1 is 0 when no other version stays.
if [ "$1" = 0 ]; then
    # Games in Wine that are connected to a server are restored first: afterwards there
    # would be no program that could. A failure keeps the package.
    if [ -z "$MCOS_KEEP_GAME" ] && [ -x /usr/bin/mcos ]; then
        /usr/bin/mcos installer restore-games || exit 1
    fi
    if [ -d /run/systemd/system ]; then
        systemctl disable --now mcos.service || :
    else
        systemctl disable mcos.service || :
    fi
fi
exit 0
