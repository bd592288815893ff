# Sourced. Mounts for the roots of the range.

# overlay_root LOWER DIR: DIR/root becomes a writable view of LOWER; what is written goes to DIR (a tmpfs).
overlay_root() {
  mkdir -p "$2/up" "$2/work" "$2/root"
  mount -t overlay overlay -o "lowerdir=$1,upperdir=$2/up,workdir=$2/work" "$2/root"
}

# system_mounts ROOT: its own /proc (call it inside the pid namespace it is for), /dev, /run and /tmp.
system_mounts() {
  local root=$1 name
  mount -t proc -o nosuid,nodev,noexec proc "$root/proc"
  mount -t tmpfs -o mode=755 dev "$root/dev"
  mkdir -p "$root/dev/pts" "$root/dev/shm"
  mknod -m 666 "$root/dev/null" c 1 3
  mknod -m 666 "$root/dev/zero" c 1 5
  mknod -m 666 "$root/dev/full" c 1 7
  mknod -m 666 "$root/dev/random" c 1 8
  mknod -m 666 "$root/dev/urandom" c 1 9
  mknod -m 666 "$root/dev/tty" c 5 0
  mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts "$root/dev/pts"
  mount -t tmpfs -o mode=1777 shm "$root/dev/shm"
  for name in ptmx:pts/ptmx fd:/proc/self/fd stdin:/proc/self/fd/0 stdout:/proc/self/fd/1 stderr:/proc/self/fd/2; do
    ln -s "${name#*:}" "$root/dev/${name%%:*}"
  done
  mount -t tmpfs -o mode=755 run "$root/run"
  mkdir -p "$root/run/sshd" "$root/run/lock"
  mount -t tmpfs -o mode=1777 tmp "$root/tmp"
}

# enter_root ROOT: makes ROOT the root of this mount namespace; nothing of the old one stays reachable.
enter_root() {
  cd "$1"
  mkdir -p .old
  pivot_root . .old
  cd /
  umount -l /.old
  rmdir /.old
}
