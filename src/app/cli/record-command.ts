import type { Command } from 'commander';
import { record } from '../../pipeline/record.js';
import { countsText, numberText } from './count-text.js';
import { Interrupt } from './interrupt.js';
import { type SharedOptions, Terminal } from './terminal.js';
import { wholeNumber } from './whole-number.js';

interface RecordFlags extends SharedOptions {
  readonly output: string;
  readonly seconds?: number;
  readonly host?: string;
  readonly force?: boolean;
}

export function defineRecord(program: Command): Command {
  return program
    .command('record')
    .description('record live events of this machine into an Arrow stream')
    .requiredOption('-o, --output <file>', 'file to write; through gzip when its name ends in .gz')
    .option('--seconds <n>', 'end after so many seconds (default: at SIGINT or SIGTERM)', wholeNumber(1))
    .option('--host <name>', "the host's name in the rows (default: the node name)")
    .option('--force', 'overwrite a file that exists')
    .action(runRecord);
}

async function runRecord(flags: RecordFlags): Promise<void> {
  const terminal = new Terminal(flags);
  const interrupt = new Interrupt();
  const { output: path, seconds, host, force } = flags;
  const progress = terminal.progress('recording', seconds === undefined ? 'rows' : 's', seconds);
  const begun = Date.now();
  let report: Awaited<ReturnType<typeof record>>;
  try {
    report = await record({
      path,
      signal: interrupt.signal,
      started: () => terminal.log.info({ file: path }, 'recording'),
      progress: (rows) => progress.update(seconds === undefined ? rows : Math.round((Date.now() - begun) / 1000)),
      ...(seconds === undefined ? {} : { seconds }),
      ...(host === undefined ? {} : { host }),
      ...(force === undefined ? {} : { force }),
    });
  } finally {
    progress.stop();
    interrupt.release();
  }
  const { rows, batches, sensor } = report;
  if (terminal.json) {
    await terminal.out.json({ file: path, rows, batches, ...sensor });
    return;
  }
  await terminal.out.line(`${numberText(rows)} rows in ${path}`);
  await terminal.out.line(`seen: ${countsText(sensor.seen_by_kind)}`);
  await terminal.out.line(`lost: ${countsText(sensor.lost)}`);
}
