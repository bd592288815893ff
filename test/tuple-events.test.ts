import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { COLUMNS, columnPosition, SYSCALLS } from '../dist/tuple/columns.js';
import { FILLED } from '../dist/tuple/event-docs.js';
// @ts-expect-error the generators are plain JavaScript
import { renderEventsMd } from '../scripts/generate/events-md.mjs';

describe('EVENTS.md', () => {
  it('is what the generator makes', () => {
    expect(readFileSync(new URL('../EVENTS.md', import.meta.url), 'utf8')).toBe(renderEventsMd());
  });

  it('names every kind of event once', () => {
    expect(Object.keys(FILLED).toSorted()).toEqual([...SYSCALLS].toSorted());
  });

  it.each(Object.entries(FILLED))('names columns that exist, none twice: %s', (_, { always, may }) => {
    const columns = [...always, ...may.map((m) => m.column)];
    expect(columns.filter((name) => columnPosition(name) === undefined)).toEqual([]);
    expect(new Set(columns).size).toBe(columns.length);
    for (const required of ['ts', 'syscall', 'host', 'source']) expect(always).toContain(required);
  });

  it('lists every column with its meaning', () => {
    const text = renderEventsMd();
    for (const column of COLUMNS) expect(text).toContain(`| \`${column.name}\` |`);
  });
});
