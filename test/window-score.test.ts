import { describe, expect, it } from 'vitest';
import { Trainer } from '../dist/pipeline/trainer.js';
import { type ScoredMinute, WindowScorer } from '../dist/score/window-scorer.js';
import { Engine, type Event, HOUR_US, MODEL, MONDAY, newBaseline } from './engine-world.js';

const { windows } = MODEL;
const nameOf = (feature: number) => windows.features[feature]!.name;
const MINUTE_US = HOUR_US / 60n;
const at = (minute: number): bigint => MONDAY + BigInt(minute) * MINUTE_US;

/** Numbers from 0 to n − 1 that repeat with no short period. */
const draw = (seed: number, n: number) => ((Math.imul(seed, 2654435761) >>> 8) ^ (seed * 40503)) % n;

/** A client that opens 2 to 6 connections a minute to five servers, and a clock that ticks once an hour. */
function usual(from: number, to: number, host = 'h'): Event[] {
  const events: Event[] = [];
  for (let m = from; m < to; m++) {
    for (let i = 0; i < 2 + draw(m, 5); i++) {
      const daddr = `10.0.0.${1 + draw(7 * m + i, 5)}`;
      events.push({ ...client(host), ts: at(m), daddr, dport: 443, sport: 40_000 });
    }
    if (m % 60 === 30) events.push({ host, exe: '/bin/clock', user: 'root', syscall: 'fork', ts: at(m), proc: 3n });
  }
  return events;
}
const client = (host: string): Event => ({ host, exe: '/bin/client', user: 'app', syscall: 'connect', proc: 1n });

const FAR = 1n << 62n;
const BATCH = 1500;

function learned(events: readonly Event[]) {
  const engine = new Engine();
  const baseline = newBaseline();
  const trainer = new Trainer(baseline);
  for (let from = 0; from < events.length; from += BATCH) {
    trainer.take(engine.learn(events.slice(from, from + BATCH), FAR), (code) => engine.table.value(code));
  }
  baseline.advance();
  return baseline.freeze()!;
}

function scored(snapshot: ReturnType<typeof learned>, events: readonly Event[]): ScoredMinute[] {
  const engine = new Engine();
  const minutes: ScoredMinute[] = [];
  const scorer = new WindowScorer(MODEL, snapshot, (scores) => minutes.push(...scores));
  for (let from = 0; from < events.length; from += BATCH) {
    scorer.take(engine.learn(events.slice(from, from + BATCH), FAR).windows);
  }
  scorer.finish();
  return minutes;
}

const worstOf = (minutes: readonly ScoredMinute[]) => [...minutes].sort((a, b) => a.lnP - b.lnP || b.bits - a.bits)[0]!;

describe('windows, one day learned', { timeout: 60_000 }, () => {
  const snapshot = learned(usual(0, 1440));

  it('are ranked in a history of minutes that were left out', () => {
    const { history, units } = snapshot.card.windows;
    expect(history).toBe('cross-fit');
    // The client, its host and the clock: of each tick its minute, and those in which its longer windows end.
    expect(units).toBe(1440 + 1440 + 3 * 24);
  });

  it('do not know the block that they score: what happened once stands out from all the rest', () => {
    const burst = Array.from({ length: 300 }, (_, i) => ({
      ...client('h'),
      ts: at(700),
      daddr: '10.0.0.1',
      dport: 1 + i,
    }));
    const events = [...usual(0, 700), ...burst, ...usual(700, 1440)];
    const bins = learned(events).array('window.rank.rows', 'f64')[7]!;
    expect(bins / windows.constants.bins_per_bit).toBeGreaterThan(800);
  });

  it('find nothing in what is as usual', () => {
    const minutes = scored(snapshot, usual(2000, 2600)).filter(({ units }) => units > 0);
    expect(minutes.length).toBeGreaterThan(1200);
    expect(minutes.filter(({ lnP }) => lnP < Math.log(0.01)).length / minutes.length).toBeLessThan(0.02);
    expect(minutes.filter(({ lnP }) => lnP < Math.log(0.001)).length / minutes.length).toBeLessThan(0.003);
  });

  it('find a scan of ports, and say what was scanned and when', () => {
    const scan = Array.from({ length: 400 }, (_, i) => ({
      ...client('h'),
      ts: at(2100),
      daddr: '10.0.0.1',
      dport: 1 + i,
    }));
    const minutes = scored(snapshot, [...usual(2000, 2100), ...scan, ...usual(2101, 2160)]);
    const worst = worstOf(minutes);
    expect(worst.lnP).toBeLessThan(Math.log(0.001));
    expect(nameOf(worst.worst!.feature)).toBe('ports');
    expect([400, 401]).toContain(worst.worst!.value);
    expect(worst.worst!.typical).toBeLessThan(2);
    const first = minutes.find(({ lnP }) => lnP < Math.log(0.001))!;
    expect(first.minute).toBe(Number(MONDAY / MINUTE_US) + 2100);
  });

  it('find a slow scan in the hour, not in its minutes', () => {
    // Two new ports every minute: no minute of it is much.
    const slow = Array.from({ length: 120 }, (_, i) => ({
      ...client('h'),
      ts: at(2040 + (i >> 1)),
      daddr: '10.0.0.1',
      dport: 5000 + i,
    }));
    const events = [...usual(2000, 2100), ...slow].sort((a, b) => Number(BigInt(a.ts!) - BigInt(b.ts!)));
    const worst = worstOf(scored(snapshot, events));
    expect(nameOf(worst.worst!.feature)).toBe('ports');
    expect(windows.sizes[worst.worst!.size]).toBe(3600);
    expect(worst.lnP).toBeLessThan(Math.log(0.001));
  });

  it('judge a subject that was never learned by what its program does elsewhere', () => {
    const burst = Array.from({ length: 300 }, () => ({
      ...client('new'),
      ts: at(2100),
      daddr: '10.0.0.1',
      dport: 443,
    }));
    const minutes = scored(snapshot, [...usual(2000, 2100, 'new'), ...burst, ...usual(2101, 2160, 'new')]);
    const subjects = minutes.filter(({ entity }) => entity.kind === 'subject');
    const found = subjects.filter(({ lnP }) => lnP < Math.log(0.001)).map(({ minute }) => minute);
    // The hour it is in stays loud to its end.
    expect(found[0]).toBe(Number(MONDAY / MINUTE_US) + 2100);
  });

  it('call silent who was heard every hour and is not any more, while its host goes on', () => {
    const events = usual(2000, 2700).filter(({ exe, ts }) => exe !== '/bin/clock' || BigInt(ts!) < at(2160));
    const silences = scored(snapshot, events).filter(({ worst }) => worst?.feature === windows.silence);
    expect(silences.length).toBeGreaterThan(5);
    expect(Math.max(...silences.map(({ worst }) => worst!.value))).toBeGreaterThan(3600 * 5);
    expect(worstOf(silences).lnP).toBeLessThan(Math.log(0.06));
    const whole = scored(snapshot, usual(2000, 2700)).filter(({ worst }) => worst?.feature === windows.silence);
    expect(whole.filter(({ lnP }) => lnP < Math.log(0.5))).toEqual([]);
  });

  it('do not take what was not recorded for a silence', () => {
    // The recording ends after the clock has ticked, and goes on eight hours later, again after a tick.
    const events = [...usual(2040, 2160), ...usual(2680, 2800)];
    const silences = scored(snapshot, events).filter(({ worst }) => worst?.feature === windows.silence);
    expect(silences.map(({ worst }) => worst!.value)).toEqual([7200]);
  });

  it('do not call little what was lost, or what the recording cut', () => {
    const few = (events: Event[]) =>
      scored(snapshot, events).filter(
        ({ worst, lnP }) => worst !== undefined && worst.value < worst.typical && lnP < Math.log(0.02),
      );
    const starved = (m: number) => usual(m, m + 1).slice(0, 1);
    const quiet = Array.from({ length: 60 }, (_, i) => starved(2160 + i)).flat();
    expect(few([...usual(2000, 2160), ...quiet, ...usual(2220, 2400)])).not.toEqual([]);
    const lost = Array.from({ length: 60 }, (_, i) => ({ host: 'h', syscall: 'lost', ts: at(2160 + i), count: 3n }));
    const events = [...usual(2000, 2160), ...quiet, ...lost, ...usual(2220, 2400)];
    expect(few(events.sort((a, b) => Number(BigInt(a.ts!) - BigInt(b.ts!))))).toEqual([]);
    expect(few([...usual(2000, 2160), ...starved(2160)])).toEqual([]);
  });
});

describe('windows, four days learned', { timeout: 60_000 }, () => {
  it('are ranked among scores that snapshots gave before their minutes were learned', () => {
    const snapshot = learned(usual(0, 4 * 1440 + 240));
    expect(snapshot.card.windows.history).toBe('prequential');
    // From the second day on, and the hours of the fifth that have closed.
    expect(snapshot.card.windows.units).toBeGreaterThan(2 * 2.5 * 1440);
    const minutes = scored(snapshot, usual(4 * 1440 + 300, 4 * 1440 + 900)).filter(({ units }) => units > 0);
    expect(minutes.filter(({ lnP }) => lnP < Math.log(0.01)).length / minutes.length).toBeLessThan(0.02);
    // So are their vectors: of client and host each ten minutes from the second day on, of the clock six times an hour less.
    expect(snapshot.card.vectors).toMatchObject({ history: 'prequential' });
    expect(snapshot.card.vectors.units).toBeGreaterThan(2 * 2.5 * 144);
    const vectors = minutes.flatMap(({ joint }) => (joint === undefined ? [] : [joint]));
    // Two windows of each that the recording cut are not judged.
    expect(vectors.length).toBeGreaterThanOrEqual(2 * 58 + 9);
    expect(vectors.filter(({ lnP }) => lnP < Math.log(0.01)).length / vectors.length).toBeLessThan(0.04);
    for (const { minute, units } of vectors) expect([minute % 10, units > 0]).toEqual([9, true]);
  });
});
