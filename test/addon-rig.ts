import { existsSync } from 'node:fs';
import { ADDON_PATH, loadAddon, type PerfAddon } from '../dist/source/perf-addon.js';
import { SLOT_BYTES } from '../dist/tuple/slot.js';
import { STRING_TABLE_BYTES } from '../dist/tuple/string-layout.js';

export const built = existsSync(ADDON_PATH);
export const addon = (built ? loadAddon() : undefined) as PerfAddon;
/** The addon as JavaScript may call it: with anything. */
export const loose = addon as unknown as Record<string, (...args: unknown[]) => unknown>;

export const slot = () => new Uint8Array(new SharedArrayBuffer(SLOT_BYTES));
export const table = () => new Uint8Array(new SharedArrayBuffer(STRING_TABLE_BYTES));
export const OPTIONS = {
  host: '',
  flushMs: 10,
  ringPages: 8,
  connections: 1024,
  pidNamespace: 0,
  cpuShare: 0,
  unreported: { reads: [], writes: [], ports: [] },
  nameServices: [],
  sensitive: { files: [], folders: [], suffixes: [] },
};

/** What a call threw, as "CODE message". */
export function thrown(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    return `${(error as { code?: string }).code} ${(error as Error).message}`;
  }
  return 'nothing';
}
