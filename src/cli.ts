#!/usr/bin/env node
/** Turns the command line into a call of one command. What git calls for each file starts without commander. */
import * as nodeModule from 'node:module';

// Node 22 and newer keep what they compiled for the next start.
if ('enableCompileCache' in nodeModule) (nodeModule.enableCompileCache as () => void)();

const [, , name, ...args] = process.argv;
const wantsHelp = args.includes('--help') || args.includes('-h');
if (name === 'strip' && !wantsHelp) {
  const { strip } = await import('./commands/strip.ts');
  process.exitCode = await strip(args);
} else if (name === 'filter' && !wantsHelp) {
  const { filter } = await import('./commands/filter.ts');
  process.exitCode = await filter(args);
} else {
  const { run } = await import('./commands/program.ts');
  await run();
}
