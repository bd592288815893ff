/** Texts of 128 KiB of every shape that could make a scanner quadratic: short units, repeated, bare and in quotes. */
export function* hostileTexts(length = 128 * 1024): Generator<string> {
  for (const unit of UNITS) {
    const text = unit.repeat(Math.ceil(length / unit.length)).slice(0, length);
    yield text;
    yield `mysql -c '${text}'`;
  }
}

/** Least processor time of up to three runs, milliseconds: other work on the machine counts little. */
export function leastCpuMs(run: () => void): number {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 3 && least > 30; i++) {
    const before = process.cpuUsage();
    run();
    const { user, system } = process.cpuUsage(before);
    least = Math.min(least, (user + system) / 1000);
  }
  return least;
}

/**
 * What a hostile text may cost: `idleMs`, or where the machine is slow or busy a few times what ordinary words of the
 * same length cost at this moment. Quadratic work on 128 KiB would take thousands of times that.
 */
export function costLimitMs(idleMs: number, run: (text: string) => void): number {
  const words = 'some usual words '.repeat(7710);
  run(words);
  return Math.max(idleMs, 20 * leastCpuMs(() => run(words)));
}

const UNITS = [
  ...'a 1 0 f A aB3 a1 / // /a /1 . .. - -- -p --password password= password: \' " \\ \\" < > <n> <n <redacted>'.split(
    ' ',
  ),
  ...': :: 1: a: 1. 1.1 1.2.3.4 1.2.3-4 -1 +1a 1+ 1.1+a e1 1.0a1 eyJ eyJa eyJa. eyJaaaa.aa. gh ghp_ ghp_a ://'.split(
    ' ',
  ),
  ...'://a ://a: ://a:b ://a:b@ @ -----BEGIN ----- x-api-key: = a= token= token=" & a& | ( ; 2026-11-24T 10:11:12'.split(
    ' ',
  ),
  ...'aa:bb:cc:dd:ee:ff 550e8400- /tmp/ /tmp/a.aB3xYz /proc/1 [::1] sk- AKIA pass: -Dpassword= $ $x ` %3D x2x4z-'.split(
    ' ',
  ),
  ...'Ab aAbB secret_ >a /a> \u0000 \u202e \ud800 é 😀'.split(' '),
  ' ',
  '\n',
  '1:a: ',
  '1.2.3.4 ',
  'a=b ',
  '-p ',
  '--password ',
  'password=x ',
  '"password": "',
  "by '",
  'by ',
  '-c ',
  'bash -c ',
  "sh -c '",
  'curl -u a:b ',
  'Authorization: ',
  'Authorization: Bearer ',
  '-----BEGIN PRIVATE KEY-----',
  `${'a'.repeat(100)}=`,
  '550e8400-e29b-41d4-a716-446655440000 ',
  'ab12 ',
  'fe80::1 ',
  "a'b ",
  "\\'",
];
