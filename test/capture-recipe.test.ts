import { describe, expect, it } from 'vitest';
// @ts-expect-error: the recipe is plain JavaScript
import { Lineage } from '../data/recipe/after/lineage.mjs';
// @ts-expect-error: the recipe is plain JavaScript
import { makePlan } from '../data/recipe/driver/plan.mjs';
// @ts-expect-error: the recipe is plain JavaScript
import { makeRandom } from '../data/recipe/driver/random.mjs';

interface Step {
  at: number;
  id: string;
  argv: string[];
  label?: { kind: string };
}

describe('the plan of a capture', () => {
  it('is the same for a seed and another for another', () => {
    expect(makePlan('score', 2, 480)).toEqual(makePlan('score', 2, 480));
    expect(makePlan('train', 1, 480)).not.toEqual(makePlan('train', 2, 480));
  });

  it('trains on normal work only, every kind of it at least 15 times in nine minutes', () => {
    const steps: Step[] = makePlan('train', 1, 540);
    expect(steps.filter((s) => s.label)).toEqual([]);
    const kinds = new Map<string, number>();
    for (const { id } of steps) kinds.set(id.split('-')[0]!, (kinds.get(id.split('-')[0]!) ?? 0) + 1);
    expect(kinds.size).toBe(15);
    expect(Math.min(...kinds.values())).toBeGreaterThanOrEqual(15);
  });

  it('scores six attacks and six novelties, none of them in the tuning plan', () => {
    const labelled = (plan: string): Step[] => makePlan(plan, 2, 480).filter((s: Step) => s.label);
    const score = labelled('score');
    expect(score.filter((s) => s.label!.kind === 'attack')).toHaveLength(6);
    expect(score.filter((s) => s.label!.kind === 'novelty')).toHaveLength(6);
    const tuned = new Set(labelled('tune').map((s) => s.argv.join(' ')));
    expect(score.filter((s) => tuned.has(s.argv.join(' ')))).toEqual([]);
  });

  it('keeps labelled steps apart and starts none too late to finish', () => {
    for (const seed of [1, 2, 3, 4, 5]) {
      const at = makePlan('score', seed, 480)
        .filter((s: Step) => s.label)
        .map((s: Step) => s.at);
      for (let i = 1; i < at.length; i++) expect(at[i] - at[i - 1]).toBeGreaterThan(10);
      expect(at.at(-1)).toBeLessThan(0.85 * 480);
    }
  });
});

it('random numbers stay in their range', () => {
  const random = makeRandom(7);
  const numbers = Array.from({ length: 10_000 }, () => random.int(3, 5));
  expect(new Set(numbers)).toEqual(new Set([3, 4, 5]));
  const waits = Array.from({ length: 10_000 }, () => random.wait(2));
  expect(Math.max(...waits)).toBeLessThanOrEqual(8);
  expect(waits.reduce((a, b) => a + b) / waits.length).toBeCloseTo(2 * (1 - Math.exp(-4)), 1);
  expect(new Set(random.some([1, 2, 3, 4], 3)).size).toBe(3);
});

describe('lineage', () => {
  const row = (syscall: string, proc: bigint, parent: bigint) => ({
    syscall,
    proc,
    parent_proc: parent,
    boot_ns: proc,
  });
  const lineage = new Lineage();
  // 1 is process 1 (silent), 2 a service that was there, 3 to 5 a login below it.
  for (const event of [
    row('accept', 2n, 1n),
    row('fork', 3n, 2n),
    row('fork', 4n, 3n),
    row('exec', 4n, 3n),
    row('fork', 5n, 4n),
  ]) {
    lineage.add(event);
  }

  it('climbs to what a service started, not to the service', () => {
    expect(lineage.root(5n)).toBe(3n);
    expect(lineage.root(3n)).toBe(3n);
    expect(lineage.root(2n)).toBe(2n);
  });

  it('ends on a circle of parents', () => {
    const odd = new Lineage();
    odd.add(row('fork', 8n, 9n));
    odd.add(row('fork', 9n, 8n));
    expect([8n, 9n]).toContain(odd.root(8n));
  });
});
