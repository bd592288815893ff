import { describe, expect, it } from 'vitest';
import { ProcessIdentity } from '../dist/source/process-identity.js';
import { COLUMN_COUNT, type ColumnName, col } from '../dist/tuple/columns.js';

type Cells = Partial<Record<ColumnName, string | number | bigint>>;

function track() {
  const identity = new ProcessIdentity();
  let us = 1000n;
  return (cells: Cells) => {
    const row: (string | number | bigint | undefined)[] = new Array(COLUMN_COUNT).fill(undefined);
    for (const [name, value] of Object.entries({ ts: us++, host: 'a', ...cells })) row[col(name as ColumnName)] = value;
    identity.complete(row);
    return (name: ColumnName) => row[col(name)];
  };
}

describe('ProcessIdentity', () => {
  it('leaves rows alone that have proc, no pid, or tell of the recording', () => {
    const see = track();
    expect(see({ syscall: 'exec', pid: 5, proc: 7n })('proc')).toBe(7n);
    expect(see({ syscall: 'exec' })('proc')).toBeUndefined();
    expect(see({ syscall: 'lost', pid: 5 })('proc')).toBeUndefined();
  });

  it('keeps the instance over its rows and over exec, and tells hosts apart', () => {
    const see = track();
    const first = see({ syscall: 'connect', pid: 5, ppid: 2 })('proc');
    expect(first).toBeTypeOf('bigint');
    expect(see({ syscall: 'exec', pid: 5, ppid: 2, exe: '/bin/a' })('proc')).toBe(first);
    expect(see({ syscall: 'exec', pid: 5, ppid: 2, exe: '/bin/b' })('proc')).toBe(first);
    expect(see({ syscall: 'connect', pid: 5, host: 'b' })('proc')).not.toBe(first);
  });

  it('begins a new instance after an exit, at a fork, and at an exec under another parent', () => {
    const see = track();
    const first = see({ syscall: 'exec', pid: 5, ppid: 2 })('proc');
    expect(see({ syscall: 'exit', pid: 5 })('proc')).toBe(first);
    const second = see({ syscall: 'connect', pid: 5, ppid: 2 })('proc');
    expect(second).not.toBe(first);
    const third = see({ syscall: 'fork', pid: 5, ppid: 2 })('proc');
    expect(third).not.toBe(second);
    expect(see({ syscall: 'exec', pid: 5, ppid: 2 })('proc')).toBe(third);
    expect(see({ syscall: 'exec', pid: 5, ppid: 1 })('proc')).toBe(third);
    expect(see({ syscall: 'exec', pid: 5, ppid: 9 })('proc')).not.toBe(third);
  });

  it('takes the pid that fork returned for the child', () => {
    const see = track();
    const parent = see({ syscall: 'exec', pid: 5, exe: '/bin/sh', args: 'sh' })('proc');
    expect(see({ syscall: 'fork', pid: 5, ret: 6 })('proc')).toBe(parent);
    const child = see({ syscall: 'connect', pid: 6, ppid: 5 });
    expect(child('proc')).not.toBe(parent);
    expect(child('parent_proc')).toBe(parent);
    expect([child('exe'), child('args')]).toEqual(['/bin/sh', 'sh']);
  });

  it('fills parents from what was seen, nearest first, and overwrites nothing', () => {
    const see = track();
    const init = see({ syscall: 'exec', pid: 1, ppid: 0, exe: '/sbin/init', args: 'init' })('proc');
    const shell = see({ syscall: 'exec', pid: 2, ppid: 1, exe: '/bin/sh', args: 'sh -i' });
    expect([shell('parent_proc'), shell('parent_exe')]).toEqual([init, '/sbin/init']);
    const tool = see({ syscall: 'exec', pid: 3, ppid: 2, exe: '/bin/ls' });
    expect([tool('parent_proc'), tool('parent_exe'), tool('parent_args'), tool('ancestors')]).toEqual([
      shell('proc'),
      '/bin/sh',
      'sh -i',
      '/bin/sh>/sbin/init',
    ]);
    expect(see({ syscall: 'connect', pid: 3, ppid: 2, parent_exe: '/known' })('parent_exe')).toBe('/known');
  });

  it('still knows a parent that has exited, and gives an unseen one an instance of its own', () => {
    const see = track();
    const parent = see({ syscall: 'exec', pid: 2, ppid: 1, exe: '/bin/sh' })('proc');
    see({ syscall: 'exit', pid: 2 });
    expect(see({ syscall: 'exec', pid: 3, ppid: 2 })('parent_proc')).toBe(parent);
    const orphan = see({ syscall: 'exec', pid: 30, ppid: 20 })('parent_proc');
    expect(see({ syscall: 'connect', pid: 20 })('proc')).toBe(orphan);
  });

  it('gives the same values for the same rows, and survives cycles of parents', () => {
    const run = () => {
      const see = track();
      return [see({ pid: 5, ppid: 6, exe: '/a' }), see({ pid: 6, ppid: 5, exe: '/b' }), see({ pid: 5, ppid: 6 })].map(
        (row) => [row('proc'), row('parent_proc'), row('ancestors')],
      );
    };
    expect(run()).toEqual(run());
    expect(String(run()[2]![2])).toBe('/b>/a>/b>/a>/b>/a>/b>/a');
  });
});
