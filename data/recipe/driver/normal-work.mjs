// What web1 does all day. Each kind has a mean distance in seconds and makes one step: `host` steps are jobs started by
// process 1 of web1 (as a timer would), `world` steps are scripts outside that reach web1 over the network.

const visitors = ['198.51.100.10', '198.51.100.23', '198.51.100.57', '198.51.100.99', '10.20.0.11', '10.20.0.13'];
const pages = ['', 'index.html', 'about.html', 'prices.html', 'contact.html', 'css/site.css', 'missing.html'];
const items = ['tea', 'lamp', 'rope', 'paper', 'soap'];
const cities = ['Lyon', 'Porto', 'Gdansk', 'Turku'];
const names = [
  'web1.lan',
  'backup.lan',
  'monitor.lan',
  'archive.lan',
  'shop.example',
  'cdn.example',
  'updates.example',
];
const job = (name, user, ...args) => ({
  where: 'host',
  user,
  argv: [`/usr/local/lib/jobs/${name}`, ...args.map(String)],
});
const script = (name, ...args) => ({ where: 'world', argv: [`normal/${name}`, ...args.map(String)] });

const apiPath = (r) =>
  r.pick([
    () => `api/hits?page=${r.pick(pages)}`,
    () => `api/orders?customer=${r.int(1, 400)}`,
    () => `api/buy?item=${r.pick(items)}`,
    () => `api/lookup?name=${r.pick(names)}`,
    () => `api/lookup?name=${r.pick(names)}`,
  ])();

/** Commands that alice, who looks after web1, types. */
const aliceLines = (r) => [
  'ls -la',
  'id',
  'uptime',
  'w',
  'df -h',
  `ls -lt /var/reports | head -n ${r.int(3, 20)}`,
  `tail -n ${r.int(5, 80)} /var/log/nginx/access.log`,
  `sudo tail -n ${r.int(5, 40)} /var/log/nginx/error.log`,
  `grep -c ${r.pick(items)} /var/log/nginx/access.log`,
  `cat /etc/${r.pick(['hosts', 'passwd', 'resolv.conf', 'crontab'])}`,
  'ps aux | grep nginx',
  'ss -tln',
  'free -m',
  `curl -s http://127.0.0.1/${r.pick(pages)} | wc -c`,
  `psql -h 127.0.0.1 -U reports shop -c "select count(*) from orders where item = '${r.pick(items)}'"`,
  `redis-cli get hits:${r.pick(pages)}`,
  `redis-cli lrange recent 0 ${r.int(2, 9)}`,
  `dig +short ${r.pick(names)}`,
  'sudo nginx -t',
  'sudo nginx -s reload',
  `echo "seen at $(date +%H:%M)" >> notes-${r.int(1, 6)}.txt`,
  `find /srv/site -name '*.html' -newer /etc/hostname | wc -l`,
  `tar -czf reports-${r.int(1, 5)}.tgz -C /var/reports .`,
];

/** An edit of the site by alice, pushed for deploy to pull. */
const edit = (r) =>
  `cd site && sed -i "s/<.h1>/ ${r.int(100, 999)}<\\/h1>/" ${r.pick(pages.slice(1, 5))} && git commit -qam "change ${r.int(1, 99)}" && git pull -q --rebase && git push -q`;

const deployLines = (r) => [
  `ls -l /srv/site/www | tail -n ${r.int(3, 9)}`,
  'cd /srv/site/www && git status -s | head',
  `cd /srv/site/www && git log --oneline | head -n ${r.int(3, 9)}`,
  `du -sh /srv/site`,
  `rm -f /srv/site/photos/photo-new-${r.int(1, 99)}.jpg`,
];

const asAlice = (r) =>
  script('as-user.sh', '10.20.0.11', 'alice', r.pick(['tty', 'plain']), ...r.some(aliceLines(r), r.int(2, 5)));

export const NORMAL = [
  { every: 1.1, make: (r) => script('web-visit.sh', r.pick(visitors), ...r.some(pages, r.int(1, 3)), apiPath(r)) },
  { every: 4, make: (r) => job('check-site', 'monitor', ...r.some(pages, r.int(2, 4))) },
  { every: 6, make: (r) => job('report', 'reports', r.pick(cities), r.int(3, 40), `sales-${r.int(1, 12)}`) },
  { every: 5, make: (r) => job('cache-warm', 'www-data', ...r.some(pages.slice(1), r.int(1, 4))) },
  { every: 5, make: (r) => job('dns-check', 'monitor', ...r.some(names, r.int(1, 3))) },
  { every: 9, make: (r) => job('log-stats', 'root', r.int(5, 30)) },
  { every: 8, make: (r) => job('mirror-feed', 'reports', `prices-${r.int(1, 9)}`) },
  { every: 12, make: (r) => job('pay-settle', 'reports', r.int(0, 29)) },
  { every: 14, make: () => job('backup-db', 'postgres') },
  { every: 20, make: () => job('backup-push', 'deploy') },
  { every: 9, make: asAlice },
  { every: 25, make: (r) => script('as-user.sh', '10.20.0.11', 'alice', 'plain', edit(r)) },
  {
    every: 18,
    make: (r) => script('as-user.sh', '10.20.0.12', 'deploy', 'plain', ...r.some(deployLines(r), r.int(1, 2))),
  },
  { every: 20, make: (r) => script('deploy-push.sh', r.int(10, 99)) },
  { every: 22, make: (r) => script('deploy-sync.sh', r.int(1, 99)) },
];

/** Daemons of web1, started before anything is recorded. */
export const SERVICES = [
  ['root', 'dnsmasq', '-k', '--conf-file=/etc/dnsmasq.conf', '--pid-file='],
  [
    'postgres',
    '/usr/lib/postgresql/15/bin/postgres',
    '-D',
    '/var/lib/postgresql/15/main',
    '-c',
    'config_file=/etc/postgresql/15/main/postgresql.conf',
  ],
  ['root', 'redis-server', '/etc/redis/redis.conf'],
  ['app', 'node', '/srv/app/server.mjs', '3000'],
  ['root', 'nginx', '-g', 'daemon off;'],
  ['root', '/usr/sbin/sshd', '-D'],
  ['root', 'cron', '-f'],
];
