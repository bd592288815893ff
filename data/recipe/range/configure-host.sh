#!/bin/bash
# Makes a fresh overlay into the host web1: users, keys, services. Runs before the host starts, on its files only.
# Usage: configure-host.sh RECIPE ROOT
# The host is as such hosts are, weak points included: Redis as root and open to its network, an app that hands a
# query to a shell, sudo without a password. The attacks of the plans need them.
set -euo pipefail
recipe=$1 root=$2
inside() { chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"; }

echo web1 >"$root/etc/hostname"
printf '127.0.0.1 localhost\n10.20.0.5 web1 web1.lan\n' >"$root/etc/hosts"
rm -f "$root/etc/resolv.conf"
echo 'nameserver 127.0.0.1' >"$root/etc/resolv.conf"
sed -i 's/^hosts:.*/hosts: files dns/' "$root/etc/nsswitch.conf"

for user in alice deploy bob; do inside useradd --create-home --shell /bin/bash "$user"; done
for user in app monitor reports; do inside useradd --system --home-dir "/var/lib/$user" --create-home --shell /usr/sbin/nologin "$user"; done
printf 'alice ALL=(ALL) NOPASSWD: ALL\ndeploy ALL=(root) NOPASSWD: /usr/sbin/nginx\n' >"$root/etc/sudoers.d/staff"
chmod 440 "$root/etc/sudoers.d/staff"
authorize() { # USER KEY
  local home; home=$(inside getent passwd "$1" | cut -d: -f6)
  install -d -m 700 "$root$home/.ssh"
  cat "$keys/$2.pub" >>"$root$home/.ssh/authorized_keys"
  inside chown -R "$1:" "$home/.ssh"
}
keys=$root/../../world/root/range/keys
for user in alice deploy bob; do authorize "$user" "$user"; done
# Outgoing: deploy and alice use their own keys to the backup host.
for user in deploy alice; do
  install -m 600 "$keys/$user" "$root/home/$user/.ssh/id_ed25519"
  printf 'StrictHostKeyChecking no\nUserKnownHostsFile /dev/null\nLogLevel ERROR\n' >"$root/home/$user/.ssh/config"
  inside chown -R "$user:" "/home/$user/.ssh"
done
printf 'ListenAddress 0.0.0.0\nUseDNS no\nPermitRootLogin prohibit-password\nMaxStartups 50\n' >"$root/etc/ssh/sshd_config.d/web1.conf"

install -d "$root/srv/app" "$root/srv/site" "$root/usr/local/lib/jobs" "$root/etc/nginx/sites-enabled"
cp "$recipe"/host/app/*.mjs "$root/srv/app/"
install -m 755 "$recipe"/host/jobs/* "$root/usr/local/lib/jobs/"
rm -f "$root/etc/nginx/sites-enabled/default"
cp "$recipe/host/nginx-site.conf" "$root/etc/nginx/sites-enabled/web1"
cp "$recipe/host/cron.tab" "$root/etc/cron.d/web1"
cp "$recipe/host/schema.sql" "$root/var/lib/postgresql/schema.sql"
cp "$recipe/host/dnsmasq.conf" "$root/etc/dnsmasq.conf"
cp "$recipe/host/rotate.conf" "$root/etc/rotate.conf"
install -d -o 101 "$root/var/backups/db"
install -d -m 777 "$root/var/reports"
install -d -m 700 "$root/root/.ssh"

printf 'bind 0.0.0.0\nprotected-mode no\nenable-protected-configs yes\ndir /var/lib/redis\nsave 15 20\nlogfile /var/log/redis/redis.log\n' >"$root/etc/redis/redis.conf"
printf "listen_addresses = '*'\nmax_connections = 40\nautovacuum_naptime = 20s\n" >"$root/etc/postgresql/15/main/conf.d/web1.conf"
printf 'local all postgres peer\nhost all all 127.0.0.1/32 trust\nhost all all 10.20.0.0/24 trust\n' >"$root/etc/postgresql/15/main/pg_hba.conf"

# A site in git, as alice edits and deploy pulls it.
cat >"$root/tmp/site.sh" <<'EOF'
set -e
git config --system user.name web1; git config --system user.email ops@web1.lan; git config --system init.defaultBranch main
git config --system --add safe.directory '*'
git init -q --bare --shared=0666 /srv/site.git
git clone -q /srv/site.git /home/alice/site 2>/dev/null
cd /home/alice/site
for page in index about prices contact; do echo "<h1>$page</h1>" >$page.html; done
mkdir -p css; echo 'body{margin:2em}' >css/site.css
git add .; git commit -qm 'first pages'; git push -q origin HEAD
git clone -q /srv/site.git /srv/site/www
chown -R alice: /home/alice; chown -R deploy: /srv/site
chmod -R a+rwX /srv/site.git
EOF
inside bash /tmp/site.sh
rm "$root/tmp/site.sh"

# Two versions of a small package of the house; the first is installed.
for version in 1.0 1.1; do
  build=$root/tmp/site-tools
  install -d "$build/DEBIAN" "$build/usr/local/bin"
  printf 'Package: site-tools\nVersion: %s\nArchitecture: all\nMaintainer: ops@web1.lan\nDescription: tools of the site\n' $version >"$build/DEBIAN/control"
  printf '#!/bin/sh\nset -e\nldconfig\ninstall -d /var/lib/site-tools\ndate > /var/lib/site-tools/installed\n' >"$build/DEBIAN/postinst"
  printf '#!/bin/sh\necho site-tools %s\n' $version >"$build/usr/local/bin/site-tools"
  chmod 755 "$build/DEBIAN/postinst" "$build/usr/local/bin/site-tools"
  install -d "$root/srv/pkg"
  inside dpkg-deb --root-owner-group -b /tmp/site-tools "/srv/pkg/site-tools_${version}_all.deb" >/dev/null
done
inside dpkg -i /srv/pkg/site-tools_1.0_all.deb >/dev/null
rm -rf "$root/tmp/site-tools"
