import { accessSync, constants, existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { delimiter, join } from 'node:path';
import { baselineModel } from '../../baseline/model.js';
import { type ErrorCode, QuinceError } from '../../errors/quince-error.js';
import { probeSensor } from '../../source/perf-probe.js';
import { VERSION } from './version.js';

/** One thing looked at. `advice` says what to do about it. */
export interface HealthCheck {
  readonly area: 'quince' | 'sensor' | 'database';
  readonly name: string;
  readonly status: 'ok' | 'warn' | 'fail';
  readonly detail: string;
  /** Of the error that comes of it. */
  readonly code?: ErrorCode;
  readonly advice?: string;
}

const OLDEST_NODE = 20;

export function checkQuince(): HealthCheck[] {
  const major = Number(process.versions.node.split('.')[0]);
  const node: HealthCheck = { area: 'quince', name: 'node', status: 'ok', detail: `Node.js ${process.version}` };
  return [
    { area: 'quince', name: 'version', status: 'ok', detail: VERSION },
    major >= OLDEST_NODE ? node : { ...node, status: 'fail', advice: `install Node.js ${OLDEST_NODE} or newer` },
    { area: 'quince', name: 'processors', status: 'ok', detail: `${availableParallelism()}` },
    { area: 'quince', name: 'model', status: 'ok', detail: `model ${baselineModel().hash}` },
  ];
}

export interface SensorNeeds {
  /** Whether the sensor must work; otherwise what is missing is only a warning. */
  readonly needed: boolean;
  /** Pages of ring a CPU it is to run with. */
  readonly pages?: number;
}

export function checkSensor({ needed, pages }: SensorNeeds): HealthCheck[] {
  const checks = probeSensor(pages).checks.map(
    (check): HealthCheck => ({
      ...check,
      area: 'sensor',
      status: check.status === 'fail' && !needed ? 'warn' : check.status,
    }),
  );
  return [...checks, checkToolchain()];
}

function checkToolchain(): HealthCheck {
  const missing = [
    ...(['clang-14', 'clang'].some(isCommand) ? [] : ['clang']),
    ...(isCommand('g++') ? [] : ['g++']),
    ...(existsSync('/usr/include/bpf/libbpf.h') ? [] : ['libbpf-dev']),
  ];
  const check = { area: 'sensor', name: 'toolchain' } as const;
  if (missing.length === 0) return { ...check, status: 'ok', detail: 'clang, g++ and libbpf' };
  const advice = `only building the sensor needs it: apt-get install ${missing.join(' ')}`;
  return { ...check, status: 'warn', detail: `missing: ${missing.join(', ')}`, advice };
}

function isCommand(name: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Opens the database for reading. Its failure keeps the error's code for the exit status. */
export async function checkDatabase(path: string): Promise<{ checks: HealthCheck[]; fault?: QuinceError }> {
  const check = { area: 'database', name: 'database' } as const;
  const { withStore } = await import('./database.js');
  const { SNAPSHOT_KIND } = await import('../../pipeline/train.js');
  try {
    return await withStore(path, 'read', async (store) => {
      const newest = await store.latestSnapshot(SNAPSHOT_KIND);
      const opened: HealthCheck = { ...check, status: 'ok', detail: `${path}, schema ${store.schemaVersion}` };
      const baseline = { area: 'database', name: 'baseline' } as const;
      if (newest === undefined) {
        return { checks: [opened, { ...baseline, status: 'warn', detail: 'none', advice: 'quince train' }] };
      }
      const { model } = newest.card as { model?: string };
      const detail = `number ${newest.snapshot}, model ${model}`;
      if (model === baselineModel().hash) return { checks: [opened, { ...baseline, status: 'ok', detail }] };
      return {
        checks: [opened, { ...baseline, status: 'warn', detail, advice: 'of another model: train again' }],
      };
    });
  } catch (error) {
    if (!(error instanceof QuinceError)) throw error;
    return { checks: [{ ...check, status: 'fail', detail: error.message }], fault: error };
  }
}
