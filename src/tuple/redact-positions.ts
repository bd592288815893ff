import { REDACTED } from './redact-names.js';

/**
 * Secrets that a known program takes by position: as part of a login written as one word (`DOMAIN/user:password@host`),
 * or as the n-th word. Without the program's name such words look like any other (`image:tag@sha256:…`).
 */

/** Impacket's scripts. */
const IMPACKET = new Set(
  (
    'psexec smbexec wmiexec atexec dcomexec secretsdump smbclient mssqlclient rpcdump samrdump lookupsid reg services ' +
    'getadusers getuserspns getnpusers gettgt getst addcomputer addspn rbcd dacledit owneredit finddelegation ' +
    'getlapspassword changepasswd rdp_check netview tstool wmiquery wmipersist raisechild goldenpac'
  ).split(' '),
);
/** Programs that take a URL without its scheme: `user:password@host/path`. */
const URL_TAKERS = new Set('curl wget ftp lftp mongo mongosh'.split(' '));
/** Oracle's programs: `user/password@database`. */
const ORACLE = new Set('sqlplus sqlldr expdp impdp rman sqlcl'.split(' '));

const LOGIN_AT_HOST = /^((?:[^\s:@/]*\/)?[^\s:@/]+:)((?!\/\/)\S+)(@[^\s@]*)$/;
const LOGIN_IN_DOMAIN = /^([^\s:@/]+\/[^\s:@/]+:)(\S+)()$/;
const LOGIN_IN_URL = /^([^\s:@/]+:)([^\s/]+)(@[^\s@]+)$/;
const LOGIN_TO_DATABASE = /^([\w$#]+\/)([^\s/@]+)((?:@\S*)?)$/;

/** `impacket-psexec`, `psexec.py` and `PsExec.exe` are one program. */
export function plainName(program: string): string {
  return program.toLowerCase().replace(/^impacket-|\.(?:py|exe)$/g, '');
}

/** Its scripts have names that others have too, but for the form in which they are installed. */
function isImpacket(program: string): boolean {
  return /\.py$|^impacket-/.test(program) && IMPACKET.has(plainName(program));
}

/** Does this program take a login as one word? */
export function takesLogin(program: string): boolean {
  const name = plainName(program);
  return isImpacket(program) || URL_TAKERS.has(name) || ORACLE.has(name);
}

/** The argument with its password replaced, or undefined when it is no login of this program. O(length). */
export function redactLogin(program: string, arg: string): string | undefined {
  if (!arg.includes(':') && !arg.includes('/')) return undefined;
  const name = plainName(program);
  let found: RegExpExecArray | null = null;
  if (isImpacket(program)) {
    found = LOGIN_AT_HOST.exec(arg) ?? LOGIN_IN_DOMAIN.exec(arg);
  } else if (URL_TAKERS.has(name)) {
    found = LOGIN_IN_URL.exec(arg);
  } else if (ORACLE.has(name)) {
    found = LOGIN_TO_DATABASE.exec(arg);
  }
  return found === null ? undefined : `${found[1]}${REDACTED}${found[3]}`;
}

/** `htpasswd -b FILE USER PASSWORD` and `htpasswd -nb USER PASSWORD`, word for word. */
export class PasswordFile {
  private flags = '';
  private words = 0;
  private valueNext = false;

  /** Takes the next word behind the program; is it the password? */
  see(word: string): boolean {
    if (this.valueNext) {
      this.valueNext = false;
      return false;
    }
    if (/^-[A-Za-z0-9]{1,8}$/.test(word)) {
      this.flags = (this.flags + word).slice(-64);
      this.valueNext = /[Cr]$/.test(word);
      return false;
    }
    this.words++;
    return this.flags.includes('b') && this.words === (this.flags.includes('n') ? 2 : 3);
  }
}
