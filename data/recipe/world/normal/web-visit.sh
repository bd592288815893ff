#!/bin/bash
# A visitor of the shop. Usage: web-visit.sh ADDRESS PATH...
address=$1; shift
for path in "$@"; do curl -s -m 10 -o /dev/null --interface "$address" "http://10.20.0.5/$path"; done
