import { readFileSync, statSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
// @ts-expect-error: the recipe is plain JavaScript
import { readEvents } from '../data/recipe/after/events.mjs';
// @ts-expect-error: the recipe is plain JavaScript
import { Lineage } from '../data/recipe/after/lineage.mjs';

interface Event {
  host?: string;
  syscall: string;
  exe?: string;
  args?: string;
  user?: string;
  ancestors?: string;
  ts: bigint;
  proc?: bigint;
}

interface Label {
  id: string;
  kind: string;
  started: string;
  ended: string;
  roots: { proc: string }[];
  programs: string[];
  new_programs: string[];
  uses_only_known_programs: boolean;
  tree_rows: number;
}

const read = async (name: string): Promise<Event[]> => {
  const events: Event[] = [];
  for await (const event of readEvents(`data/${name}.arrow.gz`)) events.push(event);
  return events;
};

const { labels }: { labels: Label[] } = JSON.parse(readFileSync('data/score.labels.json', 'utf8'));
let train: Event[];
let score: Event[];
let lineage: { add(e: Event): void; chain(proc: bigint | undefined): Iterable<bigint> };

beforeAll(async () => {
  [train, score] = [await read('train'), await read('score')];
  lineage = new Lineage();
  for (const event of score) lineage.add(event);
}, 60_000);

describe('the shipped captures', () => {
  it('are small, of one host, of different hours, and lost nothing', () => {
    const sizes = ['train', 'score'].map((name) => statSync(`data/${name}.arrow.gz`).size);
    expect(sizes[0]! + sizes[1]!).toBeLessThan(6_000_000);
    for (const events of [train, score]) {
      expect(events.length).toBeGreaterThan(10_000);
      expect(new Set(events.map((e) => e.host))).toEqual(new Set(['web1']));
      expect(events.filter((e) => e.syscall === 'lost')).toEqual([]);
    }
    expect(score[0]!.ts).toBeGreaterThan(train.at(-1)!.ts);
  });

  it('name program and user on every row of a process, and end at process 1 of the host', () => {
    for (const events of [train, score]) {
      const rows = events.filter((e) => e.proc !== undefined);
      expect(rows.filter((e) => !e.exe || !e.user)).toEqual([]);
      expect(rows.filter((e) => /^\d+$/.test(e.user!))).toEqual([]);
      expect(rows.filter((e) => e.ancestors?.replace(/>?\/usr\/sbin\/range-init$/, '').includes('range-init'))).toEqual(
        [],
      );
    }
  });
});

describe('the labels', () => {
  it('are six attacks, three or more of them with known programs only, and six novelties', () => {
    const attacks = labels.filter((l) => l.kind === 'attack');
    expect(attacks).toHaveLength(6);
    expect(labels.filter((l) => l.kind === 'novelty')).toHaveLength(6);
    expect(attacks.filter((l) => l.uses_only_known_programs).length).toBeGreaterThanOrEqual(3);
  });

  it('name trees that the capture holds, each row in one label, within its time', () => {
    const owners = new Map<bigint, string[]>();
    for (const label of labels) {
      const roots = new Set(label.roots.map((r) => BigInt(r.proc)));
      const rows = score.filter((e) => [...lineage.chain(e.proc)].some((p) => roots.has(p)));
      expect(rows).toHaveLength(label.tree_rows);
      expect(Number(rows[0]!.ts) / 1000).toBeGreaterThanOrEqual(Date.parse(label.started));
      for (const row of rows) owners.set(row.proc!, [...new Set([...(owners.get(row.proc!) ?? []), label.id])]);
    }
    expect([...owners.values()].filter((ids) => ids.length > 1)).toEqual([]);
  });

  it('leave no trace in what is scored: no program or argument of the range itself', () => {
    const odd = /label|truth|quince|\/range\/|score-steps/;
    expect(score.filter((e) => odd.test(`${e.args} ${e.exe}`))).toEqual([]);
  });

  it('list as known exactly the programs that training ran', () => {
    const known = new Set(train.map((e) => e.exe));
    for (const label of labels) expect(label.programs.filter((p) => !known.has(p))).toEqual(label.new_programs);
  });
});
