#!/bin/bash
# Healthy once somebody is there to pass clients on to, which the proxy itself tells. Engines before 25 cannot probe often at the
# start and seldom later, and a probe every second would disturb what is measured: the first probe that finds the proxy ready
# answers at once, each later one sleeps first.
reported=/tmp/.reported-healthy
[ -e "$reported" ] && sleep 60
exec 3<>/dev/tcp/127.0.0.1/9201 || exit 1
printf 'GET / HTTP/1.0\r\n\r\n' >&3
read -r -t 60 _ status _ <&3 || exit 1
[ "$status" = 200 ] || exit 1
: >"$reported"
