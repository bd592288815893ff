import { expect, it } from 'vitest';
import { OddestSubjects } from '../dist/pipeline/alert-list.js';
import { DayEvidence } from '../dist/pipeline/day-evidence.js';

it('a signature that comes again on its day is no new evidence, on the next day it is', () => {
  const events = new DayEvidence();
  const part = { lo: 5, hi: 6 };
  const take = (minute: number) => {
    const units = { row: [0], minute: [minute], parts: [5, 6, 0, 0, 0, 0], has: [1, 0, 0] };
    const scores = { lnP: [-3], bits: [9], trust: [1], flags: [0], signature: [1, 2], instance: [3, 4] };
    events.take(units as never, scores as never, 0, 0);
    const entity = { kind: 'subject', host: part, exe: undefined, user: undefined } as const;
    return events.of(entity, minute).length;
  };
  expect([take(10), take(11), take(10), take(1450)]).toEqual([1, 0, 1, 1]);
});

it('what is odd of a host is told of the oddest of its odd subjects in that minute', () => {
  const odd = new OddestSubjects(Math.log(0.01));
  const at = (minute: number, exe: string | null, lnP: number, host = 'a') =>
    ({ row: { minute, host, wholeHost: exe === null, exe }, lnP }) as never;
  const told = (one: never) => (odd.subjectOf(one) as unknown as { row: { exe: string | null } }).row.exe;
  expect([told(at(1, 'x', -5)), told(at(1, 'y', -9)), told(at(1, 'z', -6)), told(at(1, null, -20))]).toEqual([
    'x',
    'y',
    'z',
    'y',
  ]);
  expect([told(at(1, null, -20, 'b')), told(at(2, 'x', -4)), told(at(2, null, -20))]).toEqual([null, 'x', null]);
});
