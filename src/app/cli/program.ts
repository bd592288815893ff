import { Command } from 'commander';
import { defineAnnounce } from './announce-command.js';
import { defineDoctor } from './doctor-command.js';
import { defineExplain } from './explain-command.js';
import { defineModel } from './model-command.js';
import { defineQuarantine } from './quarantine-command.js';
import { defineRecord } from './record-command.js';
import { defineScore } from './score-command.js';
import { defineSensor } from './sensor-command.js';
import { defineSql } from './sql-command.js';
import { withSharedOptions } from './terminal.js';
import { defineTrain } from './train-command.js';
import { defineVerdict } from './verdict-command.js';
import { defineVersion, versionText } from './version-command.js';

const COMMANDS = [
  defineRecord,
  defineSensor,
  defineTrain,
  defineScore,
  defineExplain,
  defineSql,
  defineModel,
  defineQuarantine,
  defineVerdict,
  defineAnnounce,
  defineDoctor,
  defineVersion,
];

/** The command line. It throws CommanderError for what it does not know and writes nothing itself but help and version. */
export function buildProgram(): Command {
  const program = new Command('quince')
    .description('statistical baselining of what every process does with the network and with files')
    .version(versionText(), '-V, --version', 'print the version')
    .exitOverride()
    .configureOutput({ outputError: () => undefined })
    .showSuggestionAfterError(true);
  for (const define of COMMANDS) {
    const command = define(program);
    const leaves = command.commands.length > 0 ? command.commands : [command];
    for (const leaf of leaves) withSharedOptions(leaf);
  }
  return program;
}
