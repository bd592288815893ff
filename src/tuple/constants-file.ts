import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';
import { oneLine } from '../errors/one-line.js';
import { QuinceError } from '../errors/quince-error.js';

/** Text of a file in models/. */
export function readConstants(name: string): string {
  return readFileSync(new URL(`../../models/${name}`, import.meta.url), 'utf8');
}

/** Parses and checks the text of a file in models/. @param name of the file @throws BAD_MODEL with what was expected */
export function parseConstants<S extends z.ZodType>(name: string, schema: S, text: string): z.infer<S> {
  const result = schema.safeParse(parse(text));
  if (!result.success)
    throw new QuinceError('BAD_MODEL', `${name} requires: ${oneLine(z.prettifyError(result.error))}`);
  return result.data;
}

/** Of the text of a file, with what else its numbers depend on: what was learned under another hash is not comparable. */
export function constantsHash(...texts: readonly string[]): string {
  const hash = createHash('sha256');
  for (const text of texts) hash.update(text);
  return hash.digest('hex').slice(0, 16);
}
