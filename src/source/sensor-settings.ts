import { z } from 'zod';
import { parseConstants, readConstants } from '../tuple/constants-file.js';

/** Longest name the kernel side compares, in bytes. */
const LONGEST_NAME = 30;
/** Longest address of a Unix socket, in bytes (sun_path). */
const LONGEST_ADDRESS = 108;

const name = z
  .string()
  .refine((text) => text.length > 0 && Buffer.byteLength(text) <= LONGEST_NAME && !/[/\0]/.test(text), {
    error: `requires 1 to ${LONGEST_NAME} bytes without a slash`,
  });

const address = z
  .string()
  .refine((text) => text.startsWith('/') && Buffer.byteLength(text) <= LONGEST_ADDRESS && !text.includes('\0'), {
    error: `requires an absolute path of at most ${LONGEST_ADDRESS} bytes`,
  });

const schema = z.strictObject({
  version: z.literal(1),
  unreported: z.strictObject({
    reads: z.array(name),
    writes: z.array(name),
    ports: z.array(z.int().min(1).max(65_535)).max(256),
  }),
  sensitive: z.strictObject({
    files: z.array(name),
    folders: z.array(name),
    suffixes: z.array(name.refine((text) => text.startsWith('.'), { error: 'requires a leading dot' })),
  }),
  name_services: z.array(address).max(64),
});

export type SensorSettings = z.infer<typeof schema>;

/** @throws BAD_MODEL naming the entry and the rule */
export function parseSensorSettings(text: string): SensorSettings {
  return parseConstants('sensor.yaml', schema, text);
}

let shipped: SensorSettings | undefined;

/** The settings in models/sensor.yaml, read once. */
export function sensorSettings(): SensorSettings {
  shipped ??= parseSensorSettings(readConstants('sensor.yaml'));
  return shipped;
}
