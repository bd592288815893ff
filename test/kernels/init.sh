#!/bin/busybox sh
# The guest's first process. Each trial leaves a folder below /out, which is sent as one archive over the second serial port;
# kernels.trial.ts judges them.
export PATH=/usr/bin:/bin
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
mount -t tmpfs tmpfs /tmp
ip link set lo up
hostname kernel-trial
uname -r >/out/kernel
PORT=18411

say() { echo "guest: $(cut -d ' ' -f 1 /proc/uptime) s: $*"; }

# NAME COMMAND…: starts recording by COMMAND (setpriv, env) and returns when events are counted, or when it has ended.
start_recording() {
  say "$1"
  trial=/out/$1
  mkdir -m 777 "$trial"
  shift
  # Without its compiler Node.js is three times as fast here: emulation translates new code again and again.
  "$@" /usr/bin/node --jitless /quince/test/kernels/guest-record.mjs "$trial" >"$trial/output" 2>&1 &
  recorder=$!
  until [ -e "$trial/started" ] || ! kill -0 $recorder 2>/dev/null; do sleep 0.1; done
}

# Ends a recording, when it has begun at all, once what was done before is in the rings.
stop_recording() {
  if [ -e "$trial/started" ]; then
    sleep 1
    kill -TERM $recorder
  fi
  wait $recorder
}

refused() {
  start_recording "$@"
  stop_recording
}

start_server() {
  /trial/known-work serve $PORT >"$trial/server" &
  server=$!
  until grep -q ready "$trial/server"; do sleep 0.1; done
}

# NAME COMMAND…: runs a program; NAME.pid and NAME.status say who it was and how it ended.
run() {
  name=$1
  shift
  "$@" &
  echo $! >"$trial/$name.pid"
  wait $!
  echo $? >"$trial/$name.status"
}

nobody="/usr/bin/setpriv --reuid 65534 --regid 65534 --clear-groups"

start_recording exact env
start_server
echo $server >"$trial/server.pid"
run work /trial/known-work work $PORT /trial/files
for bytes in 0 1 1000 100000; do run "transfer-$bytes" /trial/known-work transfer $PORT $bytes 0; done
run transfer-reset /trial/known-work transfer $PORT 1000 1
run ia32 /trial/ia32-client
run uring /trial/uring-client
kill $server
stop_recording

# Debian's level 3 keeps perf events from all but CAP_SYS_ADMIN.
refused paranoid $nobody --inh-caps +bpf,+perfmon --ambient-caps +bpf,+perfmon
echo 2 >/proc/sys/kernel/perf_event_paranoid
start_recording both-capabilities $nobody --inh-caps +bpf,+perfmon --ambient-caps +bpf,+perfmon
i=0
while [ $i -lt 31 ]; do
  /trial/known-work nothing $i
  i=$((i + 1))
done
stop_recording

refused no-capability $nobody
refused only-bpf $nobody --inh-caps +bpf --ambient-caps +bpf
refused only-perfmon $nobody --inh-caps +perfmon --ambient-caps +perfmon

mount -t tmpfs tmpfs /sys/kernel/btf
refused no-btf env
umount /sys/kernel/btf

say 'sending'
stty -F /dev/ttyS1 raw -echo
tar -c -C /out . | gzip >/dev/ttyS1
say 'end'
reboot -f
