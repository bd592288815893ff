import { execFileSync } from 'node:child_process';
import { linkSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Recording, type Row, whyNotLive } from './perf-rig.js';

const isRoot = process.getuid?.() === 0;
const reason = whyNotLive() ?? (isRoot ? undefined : 'requires root to read shadow, got another user');

/** On the file system of /etc, where it can be linked to. */
const BASE = '/var/tmp';

describe.skipIf(reason !== undefined)(`where a file is${reason === undefined ? '' : ` (${reason})`}`, () => {
  let dir = '';
  let rows: readonly Row[] = [];

  beforeAll(async () => {
    dir = realpathSync(mkdtempSync(join(BASE, 'quince-places-')));
    mkdirSync(join(dir, 'bound'));
    writeFileSync(join(dir, 'harmless'), '');
    symlinkSync('/etc/shadow', join(dir, 'symlink'));
    symlinkSync('/etc', join(dir, 'folder-link'));
    linkSync('/etc/shadow', join(dir, 'hard-link'));
    const recording = new Recording((exe) => exe === realpathSync('/bin/cat'));
    const cat = (script: string) => execFileSync('sh', ['-ec', script], { cwd: dir });
    cat('cd /etc; cat shadow; cat passwd');
    cat('cat symlink');
    cat('cat folder-link/../etc/./shadow');
    cat('cat hard-link');
    cat("unshare -m sh -ec 'mount --bind /etc bound; cat bound/shadow'");
    cat("unshare -m sh -ec 'mount --bind /etc/shadow harmless; cat harmless'");
    cat(
      "unshare -m sh -ec 'mount -t tmpfs none bound; mkdir bound/etc; echo > bound/etc/shadow; cat bound/etc/shadow'",
    );
    cat('cat harmless');
    await recording.stop();
    rows = recording.rows;
  }, 30_000);
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  test('as whoever looked from there would name it, whatever the way; sensitive whatever its name', () => {
    const read = rows
      .filter((row) => row.syscall === 'open' && String(row.flags).startsWith('RDONLY'))
      .map((row) => [row.args, row.cwd, row.path]);
    expect(read).toEqual([
      ['cat shadow', '/etc', '/etc/shadow'],
      ['cat symlink', dir, '/etc/shadow'],
      ['cat folder-link/../etc/./shadow', dir, '/etc/shadow'],
      ['cat hard-link', dir, join(dir, 'hard-link')],
      ['cat bound/shadow', dir, join(dir, 'bound/shadow')],
      ['cat harmless', dir, join(dir, 'harmless')],
      ['cat bound/etc/shadow', dir, join(dir, 'bound/etc/shadow')],
    ]);
  });
});
