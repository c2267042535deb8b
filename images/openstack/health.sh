#!/bin/bash
# Healthy once the service answers requests: of an API, by HTTP; of the others, once they have said so (nova_service.py). Engines
# before 25 cannot probe often at the start and seldom later, and a probe every second would disturb what is measured: the
# first probe that finds the service ready answers at once, each later one sleeps first.
reported=/var/lib/openstack/.reported-healthy
[ -e "$reported" ] && sleep 60
if [ -n "${BUSWIDE_PORT:-}" ]; then
  exec 3<>"/dev/tcp/127.0.0.1/$BUSWIDE_PORT" || exit 1
  printf 'GET %s HTTP/1.0\r\nHost: localhost\r\n\r\n' "$BUSWIDE_HEALTH_PATH" >&3
  read -r -t 60 _ status _ <&3 || exit 1
  [[ $status == [23]* ]] || exit 1
else
  shopt -s nullglob
  ready=(/var/lib/openstack/ready/*)
  [ "${#ready[@]}" -ge "$BUSWIDE_AGENTS" ] || exit 1
fi
: >"$reported"
