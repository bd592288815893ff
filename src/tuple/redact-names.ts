/** What replaces a secret. */
export const REDACTED = '<redacted>';

const SECRET_WORDS = new Set(
  (
    'pass pwd pw psw secret token psk jwt bearer passcode passkey apikey accesskey secretkey privatekey authkey authtoken ' +
    'accesstoken clientsecret storepass keypass srcstorepass deststorepass requirepass masterauth userpass dbpass ' +
    'rootpw bindpw adminpw userpw dbpw sudopw'
  ).split(' '),
);
/** "key" alone names files and indexes; these words in front make it a secret. */
const KEY_WORDS = new Set('api access secret private encryption master account shared signing auth storage'.split(' '));
/** A name that ends in one of these speaks of a secret without being one: --password-file, token_url. */
const ABOUT_WORDS = new Set(
  (
    'file files path dir directory url uri endpoint name id type kind len length size expiry expires expiration ttl ' +
    'age policy prompt prompts timeout count min max command cmd program helper env mode stdin fd format field ' +
    'enabled authentication auth algorithm hash cost source provider store manager ref version'
  ).split(' '),
);
const HEADER_WORDS = new Set(['authorization', 'cookie']);
const BOOLEAN_OR_COUNT = /^(?:true|false|yes|no|on|off|none|null|\d{1,2})$/i;
const KEY_FILE = /^(?:~|\.{1,2})?\/[\w.-]+\/|\.(?:pem|key|crt|cer|p12|pfx|jks|json|asc|pub|gpg)$/i;

/** Words of an identifier in lower case: --dbPassword, db_password and DB-PASSWORD are "db", "password". */
function wordsOf(name: string): string[] {
  return name
    .slice(0, 128)
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '');
}

/** HTTP headers that carry a credential as their whole value; also right behind curl's -H. */
export function isSecretHeader(name: string): boolean {
  return HEADER_WORDS.has(wordsOf(name.replace(/^-H/, '')).at(-1) ?? '');
}

/** Does this name (of a flag, variable, field, header) announce a secret? */
export function isSecretName(name: string): boolean {
  const words = wordsOf(name);
  const last = words.at(-1);
  if (last === undefined || ABOUT_WORDS.has(last) || name === 'PWD' || name === 'OLDPWD') return false;
  return words.some(
    (word, i) =>
      SECRET_WORDS.has(word) ||
      /passw(?:or)?d(?!less)|passphrase|passwort/.test(word) ||
      (word === 'key' && i > 0 && KEY_WORDS.has(words[i - 1]!)),
  );
}

/**
 * Values that are no secret although the name says so: switches, counts, what is redacted already, key files, the
 * working directory. @param code in shell code a "$NAME" is a reference; in argv it is the text itself.
 */
export function isHarmlessValue(name: string, value: string, code: boolean): boolean {
  if (value === '' || value.startsWith(REDACTED) || value.startsWith(`'${REDACTED}`) || /^\*+$/.test(value))
    return true;
  if (BOOLEAN_OR_COUNT.test(value)) return true;
  if (code && /^["']?\$[A-Za-z_{(0-9]/.test(value)) return true;
  const last = wordsOf(name).at(-1) ?? '';
  if (last === 'pwd' && value.startsWith('/')) return true;
  return last.endsWith('key') && KEY_FILE.test(value);
}
