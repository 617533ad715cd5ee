#!/usr/bin/env node
/** The program `descant`. */
import { main } from './commands/program.ts';

process.exitCode = await main(process.argv.slice(2));
