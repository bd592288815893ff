import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { QuinceError } from '../errors/quince-error.js';
import { parseTime } from '../tuple/time.js';

const time = z.string().refine((text) => parseTime(text) !== undefined, 'a time of RFC 3339');

/** Rows of a daemon that has nobody below it: all that is given must hold. `path` is a prefix, `remote` is `daddr`. */
const rowRule = z
  .object({ exe: z.string(), path: z.string(), remote: z.string() })
  .partial()
  .refine((rule) => Object.keys(rule).length > 0, 'at least one of exe, path, remote');

const label = z.object({
  id: z.string(),
  kind: z.enum(['attack', 'novelty']),
  title: z.string(),
  technique: z.array(z.string()).default([]),
  tools: z.array(z.string()).default([]),
  uses_only_known_programs: z.boolean().optional(),
  started: time,
  ended: time,
  roots: z.array(z.object({ proc: z.string().regex(/^\d+$/) })),
  rows: z.array(rowRule).default([]),
});

export type Label = z.infer<typeof label>;
export type RowRule = z.infer<typeof rowRule>;

/** Labels of a capture, see data/README.md. @throws BAD_INPUT */
export function parseLabels(text: string, name: string): Label[] {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new QuinceError('BAD_INPUT', `labels require JSON, got ${name}`, { cause });
  }
  const parsed = z.object({ labels: z.array(label) }).safeParse(json);
  if (parsed.success) return parsed.data.labels;
  const { path, message } = parsed.error.issues[0]!;
  throw new QuinceError('BAD_INPUT', `labels require their form, got ${name}: ${path.join('.')}: ${message}`);
}

/** @throws BAD_INPUT */
export function readLabels(path: string): Label[] {
  try {
    return parseLabels(readFileSync(path, 'utf8'), path);
  } catch (cause) {
    if (cause instanceof QuinceError) throw cause;
    throw new QuinceError('BAD_INPUT', `labels require a readable file, got ${path}`, { cause });
  }
}
