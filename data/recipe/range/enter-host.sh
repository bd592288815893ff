#!/bin/bash
# Process 1 of the recorded host until it becomes range-init.
# Usage: enter-host.sh RECIPE ROOT JOBS SHARE
set -euo pipefail
recipe=$1 root=$2 jobs=$3 share=$4
source "$recipe/range/mounts.sh"
source "$recipe/range/addresses.sh"
mount --make-rprivate /
hostname web1
ip link set lo up
add_host_address eth0
system_mounts "$root"
install -d -o 101 "$root/run/postgresql"
# Opened here, so that the host's own tree shows nothing of the range.
exec 3<>"$jobs" 4>>"$share/truth.jsonl" 5>>"$share/host.log"
enter_root "$root"
exec /usr/sbin/range-init </dev/null >/dev/null 2>&1
