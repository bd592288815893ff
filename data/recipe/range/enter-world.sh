#!/bin/bash
# Process 1 of the range: the world around the recorded host. Runs in new mount, network, pid, UTS and IPC namespaces;
# when it ends, the kernel ends everything in them, the recorded host too.
# Usage: enter-world.sh RECIPE ROOT SHARE PLAN SEED SECONDS
# SHARE is a folder of the machine for the marks `ready`, `go` and `done` and the truth logs.
set -euo pipefail
recipe=$1 root=$2 share=$3 plan=$4 seed=$5 seconds=$6
source "$recipe/range/mounts.sh"
source "$recipe/range/addresses.sh"

mount --make-rprivate /
hostname world
ip link set lo up
work=$share/work
mkdir "$work"
mount -t tmpfs -o size=3g range "$work"

overlay_root "$root" "$work/web1"
overlay_root "$root" "$work/world"
"$recipe/range/configure-world.sh" "$recipe" "$work/world/root" "$work/web1/root"
"$recipe/range/configure-host.sh" "$recipe" "$work/web1/root"

# Two network namespaces and one cable between them; no route leads out.
mkfifo "$work/jobs"
mount -t tmpfs run /run
ip netns add web1
ip link add world0 type veth peer name eth0 netns web1
add_world_addresses world0
ip netns exec web1 unshare --mount --pid --uts --ipc --fork --kill-child \
  /bin/bash "$recipe/range/enter-host.sh" "$recipe" "$work/web1/root" "$work/jobs" "$share" &

system_mounts "$work/world/root"
mkdir -p "$work/world/root/range/recipe" "$work/world/root/range/share"
mount --bind "$recipe" "$work/world/root/range/recipe"
mount --bind "$share" "$work/world/root/range/share"
touch "$work/world/root/range/jobs"
mount --bind "$work/jobs" "$work/world/root/range/jobs"
enter_root "$work/world/root"

/usr/sbin/sshd -D -f /etc/ssh/sshd_world &
/usr/sbin/dnsmasq -k --conf-file=/etc/dnsmasq.world &
node /range/recipe/driver/drive.mjs --plan "$plan" --seed "$seed" --seconds "$seconds" >>/range/share/driver.log 2>&1
touch /range/share/done
# Stay until the recorder has stopped: run.sh ends this process.
exec sleep 600
