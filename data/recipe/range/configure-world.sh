#!/bin/bash
# Makes a fresh overlay into the world around web1: keys, the backup host's sshd, names, what attackers serve.
# Usage: configure-world.sh RECIPE WORLD_ROOT
set -euo pipefail
recipe=$1 root=$2
inside() { chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"; }

echo world >"$root/etc/hostname"
printf '127.0.0.1 localhost\n10.20.0.5 web1 web1.lan\n' >"$root/etc/hosts"
mkdir -p "$root/range/keys" "$root/range/loot"
for name in alice deploy bob intruder; do
  ssh-keygen -q -t ed25519 -N '' -C "$name" -f "$root/range/keys/$name"
done
# People's accounts on the backup host; the intruder's machine accepts the tunnels of a later plan.
for user in backup-deploy admin relay; do
  inside useradd --create-home --shell /bin/bash --password '*' "$user"
  install -d -m 700 "$root/home/$user/.ssh"
  cat "$root"/range/keys/{alice,deploy}.pub >"$root/home/$user/.ssh/authorized_keys"
  inside chown -R "$user:" "/home/$user"
done
cat >"$root/etc/ssh/sshd_world" <<'EOF'
ListenAddress 10.20.0.30
ListenAddress 10.20.0.44
ListenAddress 203.0.113.77
UsePAM no
UseDNS no
PidFile none
MaxStartups 50
Subsystem sftp /usr/lib/openssh/sftp-server
EOF
cat >"$root/etc/ssh/ssh_config.d/range.conf" <<'EOF'
StrictHostKeyChecking no
UserKnownHostsFile /dev/null
LogLevel ERROR
EOF
{
  printf 'no-resolv\nno-hosts\nlisten-address=10.20.0.53\nbind-interfaces\nuser=root\npid-file=\n'
  printf 'address=/web1.lan/10.20.0.5\naddress=/backup.lan/10.20.0.30\naddress=/monitor.lan/10.20.0.20\n'
  printf 'address=/archive.lan/10.20.0.44\naddress=/shop.example/198.51.100.80\naddress=/api.pay.example/198.51.100.140\n'
  printf 'address=/mirror.example/198.51.100.99\naddress=/updates.example/198.51.100.99\naddress=/cdn.example/198.51.100.57\n'
} >"$root/etc/dnsmasq.world"
