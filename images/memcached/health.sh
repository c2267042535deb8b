#!/bin/bash
# Healthy once it answers. Engines before 25 cannot probe often at the start and seldom later, and a probe every second would
# disturb what is measured: the first probe that finds the server ready answers at once, each later one sleeps first.
reported=/var/lib/memcached/.reported-healthy
[ -e "$reported" ] && sleep 60
exec 3<>/dev/tcp/127.0.0.1/11211 || exit 1
printf 'version\r\n' >&3
read -r -t 60 answer _ <&3 || exit 1
[ "$answer" = VERSION ] || exit 1
: >"$reported"
