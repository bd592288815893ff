import { Command } from 'commander';
import { withSharedOptions } from './terminal.js';
import { versionText } from './version.js';

type Define = (program: Command) => Command;

/** Each command with what it needs, which most others do without: loading it all takes a second. */
const COMMANDS: Readonly<Record<string, () => Promise<Define>>> = {
  record: async () => (await import('./record-command.js')).defineRecord,
  sensor: async () => (await import('./sensor-command.js')).defineSensor,
  train: async () => (await import('./train-command.js')).defineTrain,
  score: async () => (await import('./score-command.js')).defineScore,
  explain: async () => (await import('./explain-command.js')).defineExplain,
  sql: async () => (await import('./sql-command.js')).defineSql,
  model: async () => (await import('./model-command.js')).defineModel,
  quarantine: async () => (await import('./quarantine-command.js')).defineQuarantine,
  verdict: async () => (await import('./verdict-command.js')).defineVerdict,
  announce: async () => (await import('./announce-command.js')).defineAnnounce,
  roles: async () => (await import('./roles-command.js')).defineRoles,
  doctor: async () => (await import('./doctor-command.js')).defineDoctor,
  version: async () => (await import('./version-command.js')).defineVersion,
};

/**
 * The command line. It throws CommanderError for what it does not know and writes nothing itself but help and version.
 *
 * @param word the first argument: a command's name needs that command alone
 */
export async function buildProgram(word = ''): Promise<Command> {
  const program = new Command('quince')
    .description('statistical baselining of what every process does with the network and with files')
    .version(versionText(), '-V, --version', 'print the version')
    .exitOverride()
    .configureOutput({ outputError: () => undefined })
    .showSuggestionAfterError(true);
  const loaders = Object.hasOwn(COMMANDS, word) ? [COMMANDS[word]!] : Object.values(COMMANDS);
  for (const load of loaders) {
    const command = (await load())(program);
    const leaves = command.commands.length > 0 ? command.commands : [command];
    for (const leaf of leaves) withSharedOptions(leaf);
  }
  return program;
}
