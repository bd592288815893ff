import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseRhythmModel, rhythmModel } from '../dist/baseline/rhythm/spec.js';

const text = readFileSync(new URL('../models/rhythms.yaml', import.meta.url), 'utf8');

describe('the rhythm model', () => {
  it('is the file that ships, and its hash moves with every constant', () => {
    expect(rhythmModel()).toEqual(parseRhythmModel(text));
    expect(rhythmModel().constants.beats_kept).toBe(1024);
    expect(parseRhythmModel(text.replace('beats_kept: 1024', 'beats_kept: 512')).hash).not.toBe(rhythmModel().hash);
  });

  it.each([
    ['an unknown constant', text.replace('beats_kept:', 'beats_held:')],
    ['a share above 1', text.replace('delta_to: 0.5', 'delta_to: 1.5')],
    ['a band without periods', text.replace('period_shortest: 0.6', 'period_shortest: 3')],
    ['a ladder upside down', text.replace('delta_to: 0.5', 'delta_to: 0.1')],
  ])('refuses %s', (_, broken) => {
    expect(broken).not.toBe(text);
    expect(() => parseRhythmModel(broken)).toThrow(expect.objectContaining({ code: 'BAD_MODEL' }));
  });
});
