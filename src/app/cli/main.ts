#!/usr/bin/env node
import { reportFailure } from './failure.js';
import { buildProgram } from './program.js';

try {
  const program = await buildProgram(process.argv[2]);
  await program.parseAsync();
} catch (error) {
  process.exitCode = reportFailure(error, process.argv.includes('--json'));
}
