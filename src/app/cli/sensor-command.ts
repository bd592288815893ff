import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { QuinceError } from '../../errors/quince-error.js';
import { serveSensor } from '../../pipeline/serve-sensor.js';
import { countsText, numberText } from './count-text.js';
import { Interrupt } from './interrupt.js';
import { type SharedOptions, Terminal } from './terminal.js';
import { wholeNumber } from './whole-number.js';

interface SensorFlags extends SharedOptions {
  readonly socket: string;
  readonly group?: string;
  readonly pages?: number;
  readonly slots: number;
  readonly host?: string;
  readonly cpuPercent?: number;
}

export function defineSensor(program: Command): Command {
  return program
    .command('sensor')
    .description('run the sensor as a process of its own, for one consumer at a time on a Unix socket')
    .requiredOption('--socket <path>', 'socket to make; only its owner may connect')
    .option('--group <name>', 'a group that may connect too')
    .option('--pages <n>', 'pages of ring a processor, a power of two (default: 1024)', wholeNumber(1))
    .option('--slots <n>', 'batches kept while the consumer is slow or not there', wholeNumber(2), 32)
    .option('--host <name>', "the host's name in the rows (default: the node name)")
    .option('--cpu-percent <n>', 'thin the loudest processes to stay within so much of one processor', wholeNumber(1))
    .action(runSensor);
}

async function runSensor(flags: SensorFlags): Promise<void> {
  const terminal = new Terminal(flags);
  const { socket: path, group, pages, slots, host, cpuPercent } = flags;
  const interrupt = new Interrupt();
  try {
    const { batches, ...counters } = await serveSensor({
      path,
      slots,
      signal: interrupt.signal,
      started: () => terminal.note(`sensor on ${path}; SIGTERM or Ctrl-C ends it`, { socket: path }),
      onConsumer: (what) => terminal.log.info({ socket: path }, `consumer ${what}`),
      ...(group === undefined ? {} : { gid: groupId(group) }),
      ...(pages === undefined ? {} : { pages }),
      ...(host === undefined ? {} : { host }),
      ...(cpuPercent === undefined ? {} : { cpuShare: cpuPercent / 100 }),
    });
    if (terminal.json) {
      await terminal.out.json({ socket: path, batches, ...counters });
      return;
    }
    await terminal.out.line(`delivered: ${numberText(counters.delivered)} events in ${numberText(batches)} batches`);
    await terminal.out.line(`seen: ${countsText(counters.seen_by_kind)}`);
    await terminal.out.line(`lost: ${countsText(counters.lost)}`);
  } finally {
    interrupt.release();
  }
}

/** Id of a group by its name in /etc/group, or as a number. */
function groupId(group: string): number {
  if (/^\d{1,9}$/.test(group)) return Number(group);
  for (const line of readFileSync('/etc/group', 'utf8').split('\n')) {
    const [name, , gid] = line.split(':');
    if (name === group) return Number(gid);
  }
  throw new QuinceError('BAD_ARGUMENT', `--group requires a group of /etc/group or its number, got ${group}`);
}
