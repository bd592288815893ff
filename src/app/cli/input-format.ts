import { type Command, Option } from 'commander';
import { FILE_FORMATS, type FileFormat } from '../../source/file-format.js';

export interface FormatFlags {
  readonly format?: FileFormat;
  readonly network?: string;
}

/** The argument and options of commands that read files of events. @param files `[file...]` where they may read something else */
export function withInputFiles(command: Command, files = '<file...>'): Command {
  return command
    .argument(files, "Arrow stream, Parquet, JSON lines or Zeek's conn log, also .gz or .zst; - is standard input")
    .addOption(
      new Option('--format <name>', 'what the files are (default: by their first bytes)').choices(FILE_FORMATS),
    )
    .option('--network <name>', 'of flow logs: host of what no local address did (default: zeek)');
}
