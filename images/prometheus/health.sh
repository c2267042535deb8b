#!/bin/bash
# Healthy once Prometheus answers by way of its pages. Engines before 25 cannot probe often at the start and seldom later, and a
# probe every second would disturb what is measured: the first probe that finds it ready answers at once, each later one sleeps
# first.
reported=/tmp/.reported-healthy
[ -e "$reported" ] && sleep 60
exec 3<>/dev/tcp/127.0.0.1/9091 || exit 1
printf 'GET /-/ready HTTP/1.0\r\nHost: localhost\r\n\r\n' >&3
read -r -t 60 _ status _ <&3 || exit 1
[ "$status" = 200 ] || exit 1
: >"$reported"
