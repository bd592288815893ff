import type { Command } from 'commander';
import { type SharedOptions, Terminal } from './terminal.js';
import { VERSION, versionText } from './version.js';

export function defineVersion(program: Command): Command {
  return program.command('version').description('print the version').action(runVersion);
}

async function runVersion(flags: SharedOptions): Promise<void> {
  const { json, out } = new Terminal(flags);
  if (json) await out.json({ quince: VERSION, node: process.version });
  else await out.line(versionText());
}
