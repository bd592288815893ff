import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { QuinceError } from '../../errors/quince-error.js';
import { type RecordOptions, record, recordSocket } from '../../pipeline/record.js';
import { countsText, numberText } from './count-text.js';
import { Interrupt } from './interrupt.js';
import type { Progress } from './progress.js';
import { type SharedOptions, Terminal } from './terminal.js';
import { wholeNumber } from './whole-number.js';

interface RecordFlags extends SharedOptions {
  readonly output: string;
  readonly socket?: string;
  readonly seconds?: number;
  readonly host?: string;
  readonly pidNamespace?: number;
  readonly cpuPercent?: number;
  readonly force?: boolean;
}

export function defineRecord(program: Command): Command {
  return program
    .command('record')
    .description('record live events of this machine into an Arrow stream')
    .requiredOption('-o, --output <file>', 'file to write; through gzip when its name ends in .gz')
    .option('--socket <path>', 'record from the quince sensor that listens there')
    .option('--seconds <n>', 'end after so many seconds (default: at SIGINT or SIGTERM)', wholeNumber(1))
    .option('--host <name>', "the host's name in the rows (default: the node name)")
    .option('--pid-namespace <pid>', 'only processes in the pid namespace of this one, or below it', wholeNumber(1))
    .option('--cpu-percent <n>', 'thin the loudest processes to stay within so much of one processor', wholeNumber(1))
    .option('--force', 'overwrite a file that exists')
    .action(runRecord);
}

async function runRecord(flags: RecordFlags): Promise<void> {
  const terminal = new Terminal(flags);
  const { output: path, seconds } = flags;
  checkOutput(path, flags.force ?? false);
  const { socket } = flags;
  if (socket === undefined) {
    const { rows, batches, sensor } = await recordLive(flags, terminal, record);
    if (terminal.json) return terminal.out.json({ file: path, rows, batches, ...sensor });
    await tellRows(terminal, path, rows, seconds);
    await terminal.out.line(`seen: ${countsText(sensor.seen_by_kind)}`);
    await terminal.out.line(`lost: ${countsText(sensor.lost)}`);
    return;
  }
  for (const [name, value] of Object.entries({
    host: flags.host,
    'pid-namespace': flags.pidNamespace,
    'cpu-percent': flags.cpuPercent,
  })) {
    if (value === undefined) continue;
    throw new QuinceError('BAD_ARGUMENT', `--${name} requires recording without --socket, got both`);
  }
  const report = await recordLive(flags, terminal, (options) => recordSocket(socket, options));
  if (terminal.json) return terminal.out.json({ file: path, socket, ...report });
  await tellRows(terminal, path, report.rows, seconds);
  await terminal.out.line(
    `lost: ${report.lost === 0n ? 'none' : report.lost.toLocaleString('en-US')}, as the sensor told`,
  );
}

/** What a recording holds. */
function whatText({ socket, pidNamespace }: RecordFlags): string {
  if (socket !== undefined) return `what the sensor on ${socket} sees`;
  const whose = pidNamespace === undefined ? 'every process' : `each process in the namespace of ${pidNamespace}`;
  return `what ${whose} does with network and files`;
}

async function tellRows(terminal: Terminal, path: string, rows: number, seconds?: number): Promise<void> {
  const nothing = `no event was seen${seconds === undefined ? '' : ` in ${seconds} s`}: ${path} holds 0 rows`;
  await terminal.out.line(rows === 0 ? nothing : `${numberText(rows)} rows in ${path}`);
}

/** What can be told of the file before the sensor is loaded. */
function checkOutput(path: string, force: boolean): void {
  if (path === '-') throw new QuinceError('BAD_ARGUMENT', '--output requires a file, got - for standard output');
  if (!force && existsSync(path)) {
    throw new QuinceError('BAD_ARGUMENT', `--output requires a new file, got ${path}: --force overwrites it`);
  }
  if (/\.(csv|tsv|json|jsonl|ndjson|parquet|zst|log)(\.gz)?$/i.test(path)) {
    throw new QuinceError(
      'BAD_ARGUMENT',
      `--output requires a name for an Arrow stream (.arrow, .arrow.gz), got ${path}`,
    );
  }
}

async function recordLive<Report>(
  flags: RecordFlags,
  terminal: Terminal,
  run: (options: RecordOptions) => Promise<Report>,
): Promise<Report> {
  const { output: path, seconds, host, pidNamespace, cpuPercent, force } = flags;
  const interrupt = new Interrupt();
  const until = seconds === undefined ? 'Ctrl-C ends it' : `for ${seconds} s, or until Ctrl-C`;
  let progress: Progress | undefined;
  let begun = 0;
  try {
    return await run({
      path,
      signal: interrupt.signal,
      started: () => {
        begun = Date.now();
        terminal.note(`recording into ${path}: ${whatText(flags)}; ${until}`, { file: path });
        progress = terminal.progress('recording', seconds === undefined ? 'rows' : 's', seconds);
      },
      progress: (rows) => progress?.update(seconds === undefined ? rows : Math.round((Date.now() - begun) / 1000)),
      ...(seconds === undefined ? {} : { seconds }),
      ...(host === undefined ? {} : { host }),
      ...(pidNamespace === undefined ? {} : { namespaceOf: pidNamespace }),
      ...(cpuPercent === undefined ? {} : { cpuShare: cpuPercent / 100 }),
      ...(force === undefined ? {} : { force }),
    });
  } finally {
    progress?.stop();
    interrupt.release();
  }
}
