import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openSnapshot, packSnapshot } from '../dist/baseline/snapshot.js';
import { QuinceError } from '../dist/errors/quince-error.js';
import { bytesOf, Engine, type Event, frozen, HOUR_US, newBaseline, splits, stored, world } from './engine-world.js';

const engine = new Engine();

function taught(batches: readonly (readonly Event[])[]) {
  const baseline = newBaseline();
  engine.teach(baseline, batches, false);
  return baseline;
}

const sameBytes = (a: Uint8Array, b: Uint8Array) => Buffer.compare(Buffer.from(a), Buffer.from(b)) === 0;

function codeOf(bytes: Uint8Array): string {
  try {
    openSnapshot(bytes);
    return 'opened';
  } catch (error) {
    return error instanceof QuinceError ? error.code : String(error);
  }
}

describe('a snapshot', { timeout: 120_000 }, () => {
  it('is the same bytes for the same rows in any order and split', () => {
    fc.assert(
      fc.property(
        world({ hours: 3 }).chain((events) => fc.tuple(fc.constant(events), splits(events))),
        ([events, batches]) => {
          expect(sameBytes(bytesOf(frozen(taught(batches))), bytesOf(frozen(taught([events]))))).toBe(true);
        },
      ),
      { numRuns: 20, interruptAfterTimeLimit: 60_000 },
    );
  });

  it('is the same bytes whether one run learned it or several, days apart', () => {
    const later = (events: readonly Event[], days: number) =>
      events.map((e) => ({ ...e, ts: (e.ts as bigint) + BigInt(24 * days) * HOUR_US }));
    fc.assert(
      fc.property(world({ hours: 2, maxEvents: 30 }), world({ hours: 2, maxEvents: 30 }), (a, b) => {
        const one = taught([[...a, ...later(b, 1)]]);
        const first = newBaseline();
        engine.teach(first, [a]);
        first.freeze();
        const state = stored(first.delta());
        const second = newBaseline(state);
        engine.teach(second, [later(b, 1)]);
        expect(sameBytes(bytesOf(frozen(second)), bytesOf(frozen(one)))).toBe(true);
        const third = newBaseline(stored(second.delta(), state));
        expect(sameBytes(bytesOf(frozen(third)), bytesOf(frozen(one)))).toBe(true);
      }),
      { numRuns: 15, interruptAfterTimeLimit: 60_000 },
    );
  });

  it('freezes twice alike and changes nothing by it', () => {
    fc.assert(
      fc.property(world({ hours: 2 }), (events) => {
        const baseline = taught([events]);
        expect(sameBytes(bytesOf(frozen(baseline)), bytesOf(frozen(baseline)))).toBe(true);
      }),
      { numRuns: 10, interruptAfterTimeLimit: 60_000 },
    );
  });

  it('comes back from its bytes with the same scores', () => {
    fc.assert(
      fc.property(world({ hours: 2 }), (events) => {
        const snapshot = frozen(taught([events]));
        const again = openSnapshot(bytesOf(snapshot));
        expect(again.card).toEqual(snapshot.card);
        expect(again.checksum).toBe(snapshot.checksum);
        expect(engine.score(events, again)).toEqual(engine.score(events, snapshot));
      }),
      { numRuns: 10, interruptAfterTimeLimit: 60_000 },
    );
  });

  it('is refused when any byte of it is another, wherever that is', () => {
    const bytes = bytesOf(frozen(taught([fc.sample(world({ hours: 1, maxEvents: 5 }), { numRuns: 1, seed: 5 })[0]!])));
    for (let at = 0; at < 64; at++) {
      const torn = bytes.slice();
      torn[at]! ^= 0x41;
      expect(codeOf(torn), `byte ${at}`).toBe('BAD_MODEL');
    }
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const torn = bytes.slice();
        torn[at]! ^= flip;
        expect(codeOf(torn)).toBe('BAD_MODEL');
      }),
      { numRuns: 200 },
    );
  });

  it('is refused when cut or lengthened', () => {
    const bytes = bytesOf(frozen(taught([fc.sample(world({ hours: 1, maxEvents: 5 }), { numRuns: 1, seed: 5 })[0]!])));
    for (const length of [0, 1, 63, 64, 65, bytes.length - 64, bytes.length - 1]) {
      expect(codeOf(bytes.slice(0, length)), `${length} bytes`).toBe('BAD_MODEL');
    }
    expect(codeOf(Uint8Array.from([...bytes, 0]))).toBe('BAD_MODEL');
  });

  it('is refused when its directory points outside, however well it is sealed', () => {
    const forged = { model: 'x' } as never;
    const lying = new Map([['a', Object.assign(new Uint32Array(4), {})]]);
    Object.defineProperty(lying.get('a')!, 'length', { value: 4000 });
    expect(codeOf(new Uint8Array(packSnapshot(forged, lying)).slice())).toBe('BAD_MODEL');
    const honest = packSnapshot(forged, new Map([['a', new Uint32Array(4)]]));
    expect(codeOf(new Uint8Array(honest).slice())).toBe('opened');
  });
});
