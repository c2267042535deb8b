#!/bin/bash
# Healthy once clients can connect, which is after what it holds is made; a node of a cluster once it serves queries, an arbitrator
# once others can reach it. Engines before 25 cannot probe often at the start and seldom later, and a probe every second would
# disturb what is measured: the first probe that finds the server ready answers at once, each later one sleeps first.
reported=/var/lib/buswide/.reported-healthy
[ -e "$reported" ] && sleep 60
case "${BUSWIDE_GALERA:-}" in
  node)
    exec 3<>/dev/tcp/127.0.0.1/9200 || exit 1
    printf 'GET / HTTP/1.0\r\n\r\n' >&3
    read -r -t 60 _ status _ <&3 || exit 1
    [ "$status" = 200 ] || exit 1
    ;;
  arbitrator) exec 3<>/dev/tcp/127.0.0.1/4567 || exit 1 ;;
  *) exec 3<>/dev/tcp/127.0.0.1/3306 || exit 1 ;;
esac
: >"$reported"
