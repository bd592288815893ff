import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { generalise } from '../dist/tuple/generalise.js';
import { quoteArgs, splitArgs } from '../dist/tuple/quote.js';
import { redactArgs } from '../dist/tuple/redact.js';
import { STRING_MAX_BYTES } from '../dist/tuple/string-layout.js';
import { costLimitMs, hostileTexts, leastCpuMs } from './tuple-hostile.js';

/** Command lines with the secret written S3cr3t! or S3cr3t, and the same after redaction. */
const SECRETS: [string, string][] = [
  ['app --password S3cr3t', 'app --password <redacted>'],
  ['app --password=S3cr3t', 'app --password=<redacted>'],
  ['app -password S3cr3t', 'app -password <redacted>'],
  ["app '--password=my S3cr3t words'", 'app --password=<redacted>'],
  ['app --passwd S3cr3t --verbose', 'app --passwd <redacted> --verbose'],
  ['app --pass=S3cr3t', 'app --pass=<redacted>'],
  ['app --passphrase S3cr3t', 'app --passphrase <redacted>'],
  ['app --db-password S3cr3t', 'app --db-password <redacted>'],
  ['app --dbPassword=S3cr3t', 'app --dbPassword=<redacted>'],
  ['app --token S3cr3t', 'app --token <redacted>'],
  ['app --access-token=S3cr3t', 'app --access-token=<redacted>'],
  ['app --secret S3cr3t', 'app --secret <redacted>'],
  ['app --client-secret=S3cr3t', 'app --client-secret=<redacted>'],
  ['app --api-key S3cr3t', 'app --api-key <redacted>'],
  ['app --apikey=S3cr3t', 'app --apikey=<redacted>'],
  ['app --api_key=S3cr3t', 'app --api_key=<redacted>'],
  ['app --access-key S3cr3t', 'app --access-key <redacted>'],
  ['app --psk S3cr3t', 'app --psk <redacted>'],
  ['app password=S3cr3t', 'app password=<redacted>'],
  ['app pwd=S3cr3t', 'app pwd=<redacted>'],
  ['app passwd=S3cr3t,user=x', 'app passwd=<redacted>'],
  ['env PGPASSWORD=S3cr3t psql -h db', 'env PGPASSWORD=<redacted> psql -h db'],
  ['env MYSQL_PWD=S3cr3t mysql', 'env MYSQL_PWD=<redacted> mysql'],
  ['env AWS_SECRET_ACCESS_KEY=S3cr3t/x+y aws s3 ls', 'env AWS_SECRET_ACCESS_KEY=<redacted> aws s3 ls'],
  ['aws configure set aws_secret_access_key=S3cr3t', 'aws configure set aws_secret_access_key=<redacted>'],
  ['docker run -e DB_PASS=S3cr3t img', 'docker run -e DB_PASS=<redacted> img'],
  ['docker run --env=API_TOKEN=S3cr3t img', 'docker run --env=API_TOKEN=<redacted> img'],
  ['java -Dspring.datasource.password=S3cr3t -jar a.jar', 'java -Dspring.datasource.password=<redacted> -jar a.jar'],
  ['keytool -storepass S3cr3t -list', 'keytool -storepass <redacted> -list'],
  ['mysql -uroot -pS3cr3t shop', 'mysql -uroot -p<redacted> shop'],
  ['/usr/bin/mysqldump -pS3cr3t --all-databases', '/usr/bin/mysqldump -p<redacted> --all-databases'],
  ['sudo -u x mariadb -pS3cr3t', 'sudo -u x mariadb -p<redacted>'],
  ['docker exec db mysql -pS3cr3t', 'docker exec db mysql -p<redacted>'],
  ['sshpass -p S3cr3t ssh -p 22 host', 'sshpass -p <redacted> ssh -p 22 host'],
  ['sshpass -pS3cr3t ssh host', 'sshpass -p<redacted> ssh host'],
  ['redis-cli -h db -a S3cr3t ping', 'redis-cli -h db -a <redacted> ping'],
  ['redis-cli AUTH S3cr3t', 'redis-cli AUTH <redacted>'],
  ['redis-server --requirepass S3cr3t', 'redis-server --requirepass <redacted>'],
  ['curl -u admin:S3cr3t http://x', 'curl -u admin:<redacted> http://x'],
  ['curl -uadmin:S3cr3t http://x', 'curl -uadmin:<redacted> http://x'],
  ['curl -sSfu admin:S3cr3t http://x', 'curl -sSfu admin:<redacted> http://x'],
  ['curl --user=admin:S3cr3t http://x', 'curl --user=admin:<redacted> http://x'],
  ['curl --proxy-user a:S3cr3t http://x', 'curl --proxy-user a:<redacted> http://x'],
  ['curl -b session=S3cr3t http://x', 'curl -b session=<redacted> http://x'],
  ["curl -H 'Authorization: Bearer S3cr3t' http://x", "curl -H 'Authorization: Bearer <redacted>' http://x"],
  ["curl -H 'authorization:Basic S3cr3t==' http://x", "curl -H 'authorization:Basic <redacted>' http://x"],
  ["curl -H 'X-Api-Key: S3cr3t' http://x", "curl -H 'X-Api-Key: <redacted>' http://x"],
  ['curl -H X-Auth-Token:S3cr3t http://x', 'curl -H X-Auth-Token:<redacted> http://x'],
  ["curl -H 'PRIVATE-TOKEN: S3cr3t' http://x", "curl -H 'PRIVATE-TOKEN: <redacted>' http://x"],
  ["curl '-HCookie: id=S3cr3t; b=S3cr3t' http://x", "curl '-HCookie: <redacted>' http://x"],
  ["curl --header 'Proxy-Authorization: Basic S3cr3t' x", "curl --header 'Proxy-Authorization: Basic <redacted>' x"],
  [`curl -d '{"password": "S3cr3t x", "n": 1}' x`, `curl -d '{"password": "<redacted>", "n": 1}' x`],
  [`curl -d '{"token":"S3cr3t"}' x`, `curl -d '{"token":"<redacted>"}' x`],
  ["curl -d 'user=a&password=S3cr3t&x=1' x", "curl -d 'user=a&password=<redacted>&x=1' x"],
  ["curl 'http://x/?a=1&access_token=S3cr3t&b=2'", "curl 'http://x/?a=1&access_token=<redacted>&b=2'"],
  ['git clone https://me:S3cr3t@host/r.git', 'git clone https://me:<redacted>@host/r.git'],
  ['psql postgres://u:S3cr3t@host/db', 'psql postgres://u:<redacted>@host/db'],
  ['app redis://:S3cr3t@host', 'app redis://:<redacted>@host'],
  ['git clone https://S3cr3tS3cr3tS3cr3tS3cr3t@host/r', 'git clone https://<redacted>@host/r'],
  ['wget ftp://u:S3@cr3t@host/x', 'wget ftp://u:<redacted>@host/x'],
  ["psql 'host=db user=u password=S3cr3t dbname=d'", "psql 'host=db user=u password=<redacted> dbname=d'"],
  ['app jdbc:sqlserver://h;user=u;password=S3cr3t;x=1', "app 'jdbc:sqlserver://h;user=u;password=<redacted>;x=1'"],
  ['mount -t cifs //h/s /m -o user=u,password=S3cr3t,rw', 'mount -t cifs //h/s /m -o user=u,password=<redacted>,rw'],
  ['openssl rsa -in k.pem -passin pass:S3cr3t', 'openssl rsa -in k.pem -passin pass:<redacted>'],
  ['openssl enc -aes-256-cbc -k S3cr3t', 'openssl enc -aes-256-cbc -k <redacted>'],
  ["bash -c 'PGPASSWORD=S3cr3t psql -h db'", "bash -c 'PGPASSWORD=<redacted> psql -h db'"],
  ["sh -c 'mysql -uroot -pS3cr3t shop | gzip'", "sh -c 'mysql -uroot -p<redacted> shop | gzip'"],
  ["ssh host 'mysqldump -pS3cr3t shop'", "ssh host 'mysqldump -p<redacted> shop'"],
  ["sh -c 'true; sshpass -p S3cr3t ssh h'", "sh -c 'true; sshpass -p <redacted> ssh h'"],
  [`sh -c "bash -c 'mysql -pS3cr3t'"`, `sh -c 'bash -c '\\''mysql -p<redacted>'\\'''`],
  [`mysql -e "CREATE USER u IDENTIFIED BY 'S3cr3t'"`, `mysql -e 'CREATE USER u IDENTIFIED BY '\\''<redacted>'\\'''`],
  [`psql -c "ALTER ROLE u PASSWORD 'S3cr3t'"`, `psql -c 'ALTER ROLE u PASSWORD '\\''<redacted>'\\'''`],
  ['ldapsearch -x -D cn=a -w S3cr3t', 'ldapsearch -x -D cn=a -w <redacted>'],
  ['smbclient //h/s -U u%S3cr3t', "smbclient //h/s -U 'u%<redacted>'".replaceAll("'", '')],
  ['docker login -u u -p S3cr3t reg', 'docker login -u u -p <redacted> reg'],
  ['zip -P S3cr3t a.zip f', 'zip -P <redacted> a.zip f'],
  ['7z x -pS3cr3t a.7z', '7z x -p<redacted> a.7z'],
  ['mongodump -u u -p S3cr3t', 'mongodump -u u -p <redacted>'],
  ['x AKIAS3CR3TS3CR3TS3CR', 'x <redacted>'],
  ['x ghp_S3cr3tS3cr3tS3cr3tS3cr3t', 'x <redacted>'],
  ['x glpat-S3cr3tS3cr3tS3cr3t', 'x <redacted>'],
  ['x xoxb-S3cr3t-S3cr3t', 'x <redacted>'],
  ['x eyJS3cr3tS3cr3t.eyJS3cr3t.S3cr3t', 'x <redacted>'],
  ['x --url=http://h/?k=sk_live_S3cr3tS3cr3t', "x '--url=http://h/?k=<redacted>'"],
  ["x '-----BEGIN RSA PRIVATE KEY-----\nS3cr3t\n-----END RSA PRIVATE KEY-----' y", 'x <redacted> y'],
  ["x 'a -----BEGIN OPENSSH PRIVATE KEY-----\nS3cr3t", "x 'a <redacted>'"],
  [`sh -c "pw='S3cr3t'; echo ok"`, "sh -c 'pw=<redacted>; echo ok'"],
  [`python3 -c "pw='S3cr3t'; go(pw)"`, "python3 -c 'pw=<redacted>; go(pw)'"],
  [`python3 -c 'pw = "S3cr3t"'`, `python3 -c 'pw = "<redacted>"'`],
  [`python3 -c 'ok if password == "S3cr3t" else no'`, `python3 -c 'ok if password == "<redacted>" else no'`],
  [`node -e 'if (token !== "S3cr3t") go()'`, `node -e 'if (token !== "<redacted>") go()'`],
  ["bash -c 'PW=S3cr3t app'", "bash -c 'PW=<redacted> app'"],
  ['env DB_PW=S3cr3t app', 'env DB_PW=<redacted> app'],
  ['plink -pw S3cr3t u@h', 'plink -pw <redacted> u@h'],
  ['aws configure set aws_secret_access_key S3cr3t', 'aws configure set aws_secret_access_key <redacted>'],
  [
    'aws configure --profile p set aws_session_token S3cr3t',
    'aws configure --profile p set aws_session_token <redacted>',
  ],
  ['npm config set //r/:_authToken S3cr3t', 'npm config set //r/:_authToken <redacted>'],
  ['redis-cli -h db CONFIG SET requirepass S3cr3t', 'redis-cli -h db CONFIG SET requirepass <redacted>'],
  [
    "sh -c 'aws configure set aws_secret_access_key S3cr3t'",
    "sh -c 'aws configure set aws_secret_access_key <redacted>'",
  ],
  ['htpasswd -b /etc/f user S3cr3t', 'htpasswd -b /etc/f user <redacted>'],
  ['sudo htpasswd -cbB -C 10 /etc/f user S3cr3t', 'sudo htpasswd -cbB -C 10 /etc/f user <redacted>'],
  ['htpasswd -nb user S3cr3t', 'htpasswd -nb user <redacted>'],
  ["sh -c 'htpasswd -nb user S3cr3t > /etc/f'", "sh -c 'htpasswd -nb user <redacted> > /etc/f'"],
  ['psexec //h -u u -p S3cr3t cmd', 'psexec //h -u u -p <redacted> cmd'],
  ['wine PsExec64.exe //h -u u -p S3cr3t cmd', 'wine PsExec64.exe //h -u u -p <redacted> cmd'],
  ['psexec.py corp/admin:S3cr3t@10.0.0.5 whoami', 'psexec.py corp/admin:<redacted>@10.0.0.5 whoami'],
  ['impacket-wmiexec admin:S3@cr3t@10.0.0.5', 'impacket-wmiexec admin:<redacted>@10.0.0.5'],
  [
    'python3 /opt/secretsdump.py -just-dc corp/a:S3cr3t@dc',
    'python3 /opt/secretsdump.py -just-dc corp/a:<redacted>@dc',
  ],
  ['proxychains4 -q GetUserSPNs.py corp.local/svc:S3cr3t', 'proxychains4 -q GetUserSPNs.py corp.local/svc:<redacted>'],
  ['secretsdump.py -hashes :S3cr3t corp/a@dc', 'secretsdump.py -hashes <redacted> corp/a@dc'],
  ['curl me:S3cr3t@host/x', 'curl me:<redacted>@host/x'],
  ['hydra -l root -p S3cr3t ssh://h', 'hydra -l root -p <redacted> ssh://h'],
  ['sqlplus -s scott/S3cr3t@db', 'sqlplus -s scott/<redacted>@db'],
];

const HARMLESS = [
  'ls -l /tmp',
  'ssh -p 22 host',
  'mkdir -p /srv/a',
  'cp -p a b',
  'ps -p 1',
  'nmap -p 1-1000 10.0.0.0/24',
  'mysql -p',
  'mysql -u root -P 3306',
  'grep mysql -pfile',
  'docker run -p 8080:80 nginx',
  'docker login reg',
  'curl -u admin http://x',
  'curl http://host:8080/path',
  'curl -H Accept:text/html x',
  "curl -H 'Accept: */*' x",
  'git clone git@github.com:a/b.git',
  'git clone ssh://git@github.com/a/b',
  'app --password-file /run/x',
  'app --password-file=/run/x',
  'app --token-url http://x',
  'app --token-ttl 5',
  'docker login --password-stdin',
  'app --passwordless x',
  'app --no-password',
  'app --password',
  'app --password --verbose',
  'ssh -o PasswordAuthentication=no host',
  'ssh -o NumberOfPasswordPrompts=1 host',
  'ssh -i /root/.ssh/id_rsa host',
  'env PWD=/root OLDPWD=/ sh',
  'passwd root',
  'cat /etc/passwd',
  'kubectl get secrets',
  'kubectl get secret db',
  'vi tokens.txt',
  'app --max-tokens 512',
  'app --max-tokens=512',
  'app --tokenizer x',
  'app --key /etc/ssl/k.pem',
  'app --private-key /etc/ssl/k.pem',
  'app --keyfile=x',
  'sort -k 2',
  'tar -pxf a.tar',
  'docker pull registry/token:latest',
  'echo password',
  'echo a:b',
  'x --pass 2',
  'x --token=true',
  'x password=',
  'openssl rsa -passin env:X',
  'openssl rsa -passin file:/x',
  'ssh -L 80:h:80 u@h',
  'rsync a u@h:/x',
  'apt install sshpass',
  "bash -c 'echo $PASSWORD'",
  "bash -c 'PGPASSWORD=$X psql'",
  `bash -c 'curl -H "Authorization: $AUTH" x'`,
  "sh -c 'read -s password; echo ok'",
  'find / -perm -4000',
  'compass --bypass x',
  'man 5 passwd',
  'unzip -p a.zip f',
  'echo "double quoted" \'and open',
  'redis-cli -h db ping',
  'x <redacted> --password <redacted>',
  'sshpass -e ssh host',
  'pw-cli info 0',
  'pw useradd bob',
  'app pw',
  'app --pw-file x',
  'aws configure set region eu-west-1',
  'aws configure set aws_access_key_id x',
  'aws configure get aws_secret_access_key',
  'kubectl set token x',
  'git config --global user.name set',
  'htpasswd /etc/f user',
  'htpasswd -b /etc/f user',
  'htpasswd -D /etc/f user',
  'grep -b htpasswd a b c d',
  'docker pull app:1.2@sha256:0123456789abcdef',
  'scp -P 22 me@host:/a/b@c .',
  'git clone me@host:a/b.git',
  'psexec.py corp/admin@10.0.0.5',
  'psexec.py -port 445 10.0.0.5',
  'curl host:8080/a@b',
  'curl http://host:80/x@y',
  'wget host/a:b@c',
  'sqlplus / as sysdba',
  'sqlplus /nolog @a.sql',
  'python3 -m http.server -p 80',
  'python3 x.py user:name@host',
  'npm install a@npm:b@1',
  'reg query a:b@c',
  'echo mongo a:b@c',
  'hydra -L users -P words ssh://h',
];

describe('redactArgs', () => {
  it('has examples enough', () => {
    expect(SECRETS.length).toBeGreaterThanOrEqual(60);
    expect(HARMLESS.length).toBeGreaterThanOrEqual(40);
  });

  it.each(SECRETS)('redacts %j', (text, clean) => {
    const redacted = redactArgs(text);
    expect(splitArgs(redacted)).toEqual(splitArgs(clean));
    expect(redacted).not.toMatch(/s3cr3t|cr3t/i);
    expect(redactArgs(redacted)).toBe(redacted);
  });

  it.each(HARMLESS.map((text) => [text]))('leaves %j as it is', (text) => {
    expect(redactArgs(text)).toBe(text);
  });
});

const piece = fc.constantFrom(
  ...'--password --password= password= password: token secret="x" -p -pabc -u a:b mysql curl sshpass sudo bash -c -e'.split(
    ' ',
  ),
  ...'https://u:p@h/ pass:x Authorization: Bearer x X-Api-Key: eyJaaaaaa.bbb.ccc ghp_aaaaaaaaaaaaaaaaaaaa = : , ; | &'.split(
    ' ',
  ),
  ...'<redacted> <redacted $X $( key api- " \' \\ { } { by PASSWORD -----BEGIN'.split(' '),
  ' ',
  ' ',
  ' ',
  '\n',
  '-----BEGIN PRIVATE KEY-----',
  '-----END PRIVATE KEY-----',
  'Cookie: a=b',
  "by 'x'",
);
const line = fc.oneof(
  fc.array(piece, { maxLength: 25 }).map((parts) => parts.join('')),
  fc
    .array(
      fc.array(piece, { maxLength: 8 }).map((parts) => parts.join('')),
      { maxLength: 6 },
    )
    .map(quoteArgs),
  fc.string({ unit: 'binary' }),
);

describe('laws of redaction', () => {
  it('reads a line anew after a replaced word closed a quote left open', () => {
    const once = redactArgs("'by '\\''x'\\''\" --password=--password'");
    expect(redactArgs(once)).toBe(once);
  });

  it('redacting again changes nothing', () => {
    fc.assert(
      fc.property(line, (text) => {
        const once = redactArgs(text);
        expect(redactArgs(once)).toBe(once);
      }),
      { numRuns: 4000 },
    );
  });

  it('keeps the number of arguments and those without a secret', () => {
    fc.assert(
      fc.property(line, (text) => {
        const before = splitArgs(text);
        const after = splitArgs(redactArgs(text));
        expect(after).toHaveLength(before.length);
        for (let i = 0; i < after.length; i++) if (!after[i]!.includes('<redacted>')) expect(after[i]).toBe(before[i]);
      }),
      { numRuns: 5000 },
    );
  });

  it('hides any secret behind a flag, a variable, a header and a URL', () => {
    const secret = fc
      .stringMatching(/^[A-Za-z0-9+_.~^!#%-]{4,40}$/)
      .filter((s) => !/^-|^[\d*]+$|^(true|false|none|null)$/i.test(s));
    fc.assert(
      fc.property(secret, (value) => {
        const mark = `Qz${value}`;
        for (const args of [
          ['app', '--password', mark],
          ['app', `--password=${mark} and ${mark}`],
          ['env', `DB_PASSWORD=${mark}`],
          ['mysql', `-p${mark}`],
          ['curl', '-u', `me:${mark}`],
          ['curl', '-H', `Authorization: Bearer ${mark}`],
          ['curl', `https://me:${mark}@host/`],
          ['sh', '-c', quoteArgs(['mysql', `-p${mark}`])],
          ['sh', '-c', `DB_PASSWORD=${quoteArgs([mark])} app`],
        ]) {
          expect(redactArgs(quoteArgs(args)), quoteArgs(args)).not.toContain(mark);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('makes all secrets one value', () => {
    const a = generalise('args', redactArgs('mysql -uroot -pabcdef shop')).whole;
    expect(generalise('args', redactArgs('mysql -uroot -pZ9x8y7w6 shop')).whole).toBe(a);
    expect(a).toBe('mysql -uroot -p<redacted> shop');
  });

  it('takes linear time on every shape of 32 KiB, the longest string there is', () => {
    const limit = costLimitMs(40, redactArgs);
    for (const text of hostileTexts(STRING_MAX_BYTES)) {
      expect(
        leastCpuMs(() => redactArgs(text)),
        text.slice(0, 24),
      ).toBeLessThan(limit);
    }
  }, 60_000);
});
