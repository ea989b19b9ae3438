#!/usr/bin/env node
import { run } from './program.js';
import { processTerminal } from './process-terminal.js';

void run(process.argv.slice(2), processTerminal()).then((exitCode) => {
  process.exitCode = exitCode;
});
