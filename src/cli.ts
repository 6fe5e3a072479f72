#!/usr/bin/env node
/** Turns the command line into a call of one command. What git calls for each file starts without commander. */
import { writeSync } from 'node:fs';
import * as nodeModule from 'node:module';

// npm only warns of an older Node, and what would fail in it says nothing of the cause.
if (Number(process.versions.node.split('.', 1)[0]) < 20) {
  process.stderr.write(`nb2mod needs Node 20 or newer; this is ${process.version} (${process.execPath}).\n`);
  process.exit(2);
}

// Node 22 and newer keep what they compiled for the next start.
if ('enableCompileCache' in nodeModule) (nodeModule.enableCompileCache as () => void)();

// What nobody caught ends here: a line and a hint. Where another program runs this one, that is its own affair.
if (process.listenerCount('uncaughtException') === 0) {
  process.once('uncaughtException', async (error) => {
    try {
      const { tellUnexpected } = await import('./commands/unexpected.ts');
      writeSync(2, tellUnexpected(error));
    } finally {
      // Where not even that can be written, nobody can be told.
      process.exit(2);
    }
  });
}

const [, , name, ...args] = process.argv;
const isFast = name === 'strip' || (name === 'filter' && args[0] !== 'pre-commit');
if (isFast && !args.includes('--help') && !args.includes('-h')) {
  const commands = await import('./commands/fast.ts');
  process.exitCode = await commands[name](args);
} else {
  // A reader that has seen enough (`| head`) closes the pipe, a terminal is closed: what is being written to files goes on
  // regardless.
  for (const stream of [process.stdout, process.stderr]) {
    const ignoreClosed = (error: NodeJS.ErrnoException): void => {
      if (error.code !== 'EPIPE' && !(error.code === 'EIO' && stream.isTTY)) throw error;
    };
    if (stream.listenerCount('error') === 0) stream.on('error', ignoreClosed);
  }
  const { run } = await import('./commands/program.ts');
  await run();
}
