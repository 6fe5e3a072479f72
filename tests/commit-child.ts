/** Commits one version of a small project after another until it is killed: the victim of kill.test.ts. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { commitChange, undoLast } from '../src/files/commit.ts';
import type { FileChange } from '../src/text/change.ts';
import { versionFiles } from './commit-versions.ts';

const root = process.argv[2]!;

async function commit(version: number): Promise<void> {
  const files = Object.entries(versionFiles(version)).map(([name, text]): FileChange => {
    const path = join(root, name);
    return {
      path,
      before: existsSync(path) ? readFileSync(path) : null,
      after: text === null ? null : Buffer.from(text),
    };
  });
  const { written, diagnostics } = await commitChange(root, { files, diagnostics: [] });
  if (!written) throw new Error(JSON.stringify(diagnostics));
}

process.stdout.write('ready\n');
for (let version = 1; ; version++) {
  await commit(version);
  if (version % 3 === 0) {
    const { undone, diagnostics } = await undoLast(root);
    if (!undone) throw new Error(JSON.stringify(diagnostics));
    await commit(version);
  }
}
