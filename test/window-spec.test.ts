import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  crossFitRounds,
  lossClass,
  parseWindowModel,
  rankRule,
  teaches,
  windowModel,
} from '../dist/baseline/window/spec.js';

const TEXT = readFileSync(new URL('../models/windows.yaml', import.meta.url), 'utf8');
const { constants, features, sizes, hash } = windowModel();

describe('models/windows.yaml', () => {
  it('declares what the design asks for', () => {
    expect(sizes).toEqual([60, 600, 3600]);
    expect(features.map((f) => f.name)).toEqual(
      'events connections destinations endpoints ports failures accepts listeners execs children bytes_out bytes_in reads writes changes silence'.split(
        ' ',
      ),
    );
    expect(features.find((f) => f.name === 'children')).toMatchObject({ whose: 'parent', columns: ['exe'] });
    expect(features.find((f) => f.name === 'silence')!.tail).toBe('silence');
    expect(hash).toMatch(/^[0-9a-f]{16}$/);
  });

  it.each([
    ['a column that is none', 'columns: [daddr]', 'columns: [address]', /a column of the event/],
    ['a syscall that is none', 'syscalls: [accept]', 'syscalls: [accepted]', /syscalls/],
    ['rows about the recording', 'syscalls: [accept]', 'syscalls: [lost]', /syscalls/],
    ['a sum of two columns', 'columns: [bytes_in]', 'columns: [bytes_in, bytes_out]', /one column for sum/],
    ['distinct without columns', ' columns: [daddr],', '', /columns for distinct/],
    ['a name twice', 'name: reads', 'name: writes', /names of their own/],
    ['a key that nobody reads', 'role_gaps: 5', 'role_gaps: 5\n  gaps_of_role: 5', /gaps_of_role/],
    ['sizes that do not nest', '[60, 600, 3600]', '[60, 90]', /multiple/],
    ['no minute', '[60, 600, 3600]', '[10, 600]', /minute/],
    ['loss classes without an end', '[0, 0.05, 0.2, 0.5, 1]', '[0, 0.5]', /rising ends/],
    ['a share above 1', 'lower_tail_lost: 0.05', 'lower_tail_lost: 5', /lower_tail_lost/],
  ])('refuses %s', (_, from, to, message) => {
    expect(TEXT).toContain(from);
    const parse = () => parseWindowModel(TEXT.replace(from, to));
    expect(parse).toThrow(message);
    expect(parse).toThrow(expect.objectContaining({ code: 'BAD_MODEL' }));
  });

  it('has another hash when a constant moves', () => {
    expect(parseWindowModel(TEXT.replace('volume_nu: 4', 'volume_nu: 5')).hash).not.toBe(hash);
  });
});

describe('loss classes', () => {
  it('begin with nothing lost, and those up to 5 % teach', () => {
    expect([0, 0.01, 0.05, 0.051, 0.5, 1].map((l) => lossClass(l, constants))).toEqual([0, 1, 1, 2, 3, 4]);
    expect([0, 1, 2, 3, 4].map((c) => teaches(c, constants))).toEqual([true, true, false, false, false]);
  });

  it('deals cross-fitting out only where a stretch holds the largest window', () => {
    expect([600, 28_800, 57_600, 86_400, 172_800, 259_200].map((s) => crossFitRounds(s, constants))).toEqual([
      1, 1, 2, 3, 3, 0,
    ]);
  });

  it('and ranks read their constants', () => {
    expect(rankRule(constants)).toEqual({ binsPerBit: 8, tailShare: 0.005, tailMin: 50 });
  });
});
