import { QuinceError } from '../errors/quince-error.js';
import { inflated, peek, startsWith } from './input-bytes.js';
import { readBytes } from './input-file.js';

export const FILE_FORMATS = ['arrow', 'parquet', 'json', 'zeek'] as const;

export type FileFormat = (typeof FILE_FORMATS)[number];

const ascii = (text: string) => [...text].map((c) => c.charCodeAt(0));
const ARROW_STREAM = [0xff, 0xff, 0xff, 0xff];
const ARROW_FILE = ascii('ARROW1');
const PARQUET = ascii('PAR1');
/** The first line of every Zeek log that is not JSON. */
const ZEEK = ascii('#separat');

/** The inflated bytes of a file and what they begin with. */
export interface Content {
  readonly head: Uint8Array;
  readonly all: AsyncGenerator<Uint8Array>;
}

/** @throws BAD_INPUT when compressed data hold nothing. */
export async function openContent(path: string, signal?: AbortSignal): Promise<Content> {
  const content = await peek(await inflated(readBytes(path, signal)), 8);
  if (content.head.length > 0) return content;
  throw new QuinceError('BAD_INPUT', `${path} requires events, got nothing after decompression`);
}

/** Format by the first bytes: what is none of the others is taken for JSON lines of events. */
export function detectFormat(head: Uint8Array): FileFormat {
  if (startsWith(head, ARROW_STREAM) || startsWith(head, ARROW_FILE)) return 'arrow';
  if (startsWith(head, ZEEK)) return 'zeek';
  return startsWith(head, PARQUET) ? 'parquet' : 'json';
}
