import { PasswordFile, plainName, takesLogin } from './redact-positions.js';

/**
 * Programs whose short flags carry a secret. The same letter is harmless elsewhere (`ssh -p 22`, `mkdir -p`), so this
 * one ambiguity is decided by the name of the program; everything else goes by the form of the argument alone.
 */

/** Where the secret stands: in the flag's own argument behind it, in the next one, or either. */
type Form = 'attached' | 'next' | 'both';

export interface SecretFlag {
  readonly flag: string;
  readonly form: Form;
  /** Only what follows this character is secret ("user:password"); without the character nothing is. */
  readonly after?: string;
  /** The flag counts only together with this argument. */
  readonly needs?: string;
}

const attached = (flag: string): SecretFlag => ({ flag, form: 'attached' });
const next = (flag: string): SecretFlag => ({ flag, form: 'next' });
const both = (flag: string): SecretFlag => ({ flag, form: 'both' });
const pair = (flag: string, after: string): SecretFlag => ({ flag, form: 'both', after });

const MYSQL = [attached('-p')];
const LDAP = [both('-w')];
const SMB = [pair('-U', '%'), pair('--user', '%')];
const MONGO = [both('-p')];
const LOGIN = [{ flag: '-p', form: 'both', needs: 'login' } as const];
const SEVEN_ZIP = [attached('-p')];
const PSEXEC = [next('-p')];
const IMPACKET = [next('-hashes'), next('-aesKey')];
const HTTPIE = [pair('-a', ':'), pair('--auth', ':')];

const FLAGS: Readonly<Record<string, readonly SecretFlag[]>> = {
  mysql: MYSQL,
  mysqldump: MYSQL,
  mysqladmin: MYSQL,
  mysqlimport: MYSQL,
  mysqlshow: MYSQL,
  mysqlcheck: MYSQL,
  mysqlslap: MYSQL,
  mariadb: MYSQL,
  'mariadb-dump': MYSQL,
  'mariadb-admin': MYSQL,
  mycli: MYSQL,
  ldapsearch: LDAP,
  ldapadd: LDAP,
  ldapmodify: LDAP,
  ldapdelete: LDAP,
  ldapwhoami: LDAP,
  ldappasswd: LDAP,
  smbclient: SMB,
  rpcclient: SMB,
  smbmap: SMB,
  net: SMB,
  mongo: MONGO,
  mongosh: MONGO,
  mongodump: MONGO,
  mongorestore: MONGO,
  mongoexport: MONGO,
  mongoimport: MONGO,
  docker: LOGIN,
  podman: LOGIN,
  nerdctl: LOGIN,
  helm: LOGIN,
  az: LOGIN,
  oc: LOGIN,
  buildah: LOGIN,
  skopeo: LOGIN,
  '7z': SEVEN_ZIP,
  '7za': SEVEN_ZIP,
  '7zr': SEVEN_ZIP,
  rar: [attached('-p'), attached('-hp')],
  unrar: [attached('-p')],
  http: HTTPIE,
  https: HTTPIE,
  sshpass: [both('-p')],
  'redis-cli': [both('-a'), next('auth'), next('AUTH')],
  curl: [
    pair('-u', ':'),
    pair('--user', ':'),
    pair('-U', ':'),
    pair('--proxy-user', ':'),
    pair('-b', '='),
    pair('--cookie', '='),
  ],
  wget: [pair('--user', ':')],
  lftp: [pair('-u', ',')],
  zip: [both('-P')],
  unzip: [both('-P')],
  useradd: [both('-p')],
  usermod: [both('-p')],
  ipmitool: [both('-P')],
  sqlcmd: [both('-P')],
  bcp: [both('-P')],
  crackmapexec: [next('-p'), next('-H')],
  nxc: [next('-p'), next('-H')],
  netexec: [next('-p'), next('-H')],
  hydra: [both('-p')],
  medusa: [both('-p')],
  psexec: [...PSEXEC, ...IMPACKET],
  psexec64: PSEXEC,
  smbexec: IMPACKET,
  wmiexec: IMPACKET,
  atexec: IMPACKET,
  dcomexec: IMPACKET,
  secretsdump: IMPACKET,
  mssqlclient: IMPACKET,
  'evil-winrm': [next('-p')],
  xfreerdp: [attached('/p:')],
  rdesktop: [both('-p')],
  snmpget: [next('-c'), next('-A'), next('-X')],
  snmpwalk: [next('-c'), next('-A'), next('-X')],
  openssl: [next('-k'), next('-K')],
  vncviewer: [next('-passwd')],
  htpasswd: [],
};

/** Programs that start the program named in their arguments. */
const WRAPPERS = new Set(
  (
    'sudo doas env nohup nice ionice timeout time strace ltrace exec setsid stdbuf chroot unshare nsenter flock xargs ' +
    'command python python2 python3 wine sshpass docker podman nerdctl kubectl busybox proxychains proxychains4 torsocks ssh watch su runuser'
  ).split(' '),
);

/** Interpreters for which "-e" or "-r" is code; "-c" is code to nearly all. */
const CODE_AFTER_E = /^(?:perl|ruby|node|nodejs|php|lua|mysql|mariadb|osascript|julia|R|Rscript)[\d.]*$/;

export function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** Is the argument behind `flag` code for this program? */
export function takesCode(program: string, flag: string): boolean {
  if (!flag.startsWith('-')) return false;
  if (/^-[a-z]{0,6}c$/.test(flag) || flag === '--command' || flag === '--eval' || flag === '--execute') return true;
  return /^-[a-z]{0,4}[er]$/.test(flag) && CODE_AFTER_E.test(program);
}

/** Follows a command line from argument to argument and knows whose flags are being read. */
export class ProgramTracker {
  /** Name of the program whose arguments these are; the first word, or behind a wrapper the one it starts. */
  program = '';
  /** Is the argument seen last a secret by its position? */
  secretByPosition = false;
  private flags: readonly SecretFlag[] = [];
  private positions: PasswordFile | undefined;

  /** @param arg the next argument in order. */
  see(arg: string): void {
    this.secretByPosition = this.positions?.see(arg) ?? false;
    if (this.program !== '' && !WRAPPERS.has(this.program)) return;
    if (/^[A-Za-z_]\w*=/.test(arg)) return;
    const name = baseName(arg);
    const key = plainName(name);
    const known = Object.hasOwn(FLAGS, key) || takesLogin(name);
    if (this.program !== '' && !known && !WRAPPERS.has(name)) return;
    this.program = name;
    this.flags = Object.hasOwn(FLAGS, key) ? FLAGS[key]! : [];
    this.positions = key === 'htpasswd' ? new PasswordFile() : undefined;
  }

  /** The rule that this argument falls under, if any. */
  match(arg: string, args: readonly string[]): { rule: SecretFlag; attached: boolean } | undefined {
    for (const rule of this.flags) {
      if (!arg.startsWith(rule.flag) && !this.isCurlCluster(arg, rule)) continue;
      if (rule.needs !== undefined && !args.includes(rule.needs)) continue;
      const exact = arg === rule.flag || !arg.startsWith(rule.flag);
      if (exact && rule.form !== 'attached') return { rule, attached: false };
      if (!exact && rule.form !== 'next') {
        if (!rule.flag.startsWith('--') || arg[rule.flag.length] === '=') return { rule, attached: true };
      }
    }
    return undefined;
  }

  /** `curl -sSu user:password`. */
  private isCurlCluster(arg: string, rule: SecretFlag): boolean {
    return this.program === 'curl' && rule.flag === '-u' && /^-[a-zA-Z]{1,12}u$/.test(arg);
  }
}
