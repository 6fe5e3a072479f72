/**
 * Golden folders: fixtures/<verb>/<case>/ holds `command` (command lines of nb2mod, one a line, with `# exit 1` behind one
 * that doesn't end with 0), `before/`, `after/`, and `stdout` and `stderr` where there is any. The commands run on a copy of
 * `before/` in a project folder named `analysis`. UPDATE_FIXTURES=1 writes what comes out; review it as a diff.
 */
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openProgram, type Program } from './program.ts';

const root = join(import.meta.dirname, '..');
const fixtures = join(root, 'fixtures');
const isUpdating = process.env['UPDATE_FIXTURES'] === '1';

let program: Program;
let base: string;
beforeAll(() => {
  program = openProgram();
  base = realpathSync(mkdtempSync(join(tmpdir(), 'nb2mod-fixtures-')));
});
afterAll(() => {
  program.close();
  rmSync(base, { recursive: true, force: true });
});

/** Every file below the folder as path → content, bytes as latin1; undo state and the mark of the root left out. */
function tree(folder: string, prefix = ''): Record<string, string> {
  const found: Record<string, string> = {};
  if (!existsSync(folder)) return found;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.name === '.nb2mod' || entry.name === '.git') continue;
    const path = `${prefix}${entry.name}`;
    if (entry.isDirectory()) Object.assign(found, tree(join(folder, entry.name), `${path}/`));
    else found[path] = readFileSync(join(folder, entry.name), 'latin1');
  }
  return found;
}

function readOr(path: string, otherwise: string): string {
  return existsSync(path) ? readFileSync(path, 'utf8') : otherwise;
}

function update(path: string, text: string): void {
  if (text === '') rmSync(path, { force: true });
  else writeFileSync(path, text);
}

const verbs = readdirSync(fixtures)
  .sort()
  .map((verb) => {
    const cases = readdirSync(join(fixtures, verb)).filter((name) =>
      existsSync(join(fixtures, verb, name, 'command')),
    );
    return { verb, cases: cases.sort() };
  })
  .filter(({ cases }) => cases.length > 0);

describe.each(verbs)('$verb', ({ verb, cases }) => {
  test.each(cases)('%s', async (name) => {
    const folder = join(fixtures, verb, name);
    const project = join(base, verb, name, 'analysis');
    mkdirSync(join(base, verb, name), { recursive: true });
    cpSync(join(folder, 'before'), project, { recursive: true });
    // Marks the root, so that nothing above the temporary folder matters.
    mkdirSync(join(project, '.git'));

    const [out, err]: [string[], string[]] = [[], []];
    for (const line of readFileSync(join(folder, 'command'), 'utf8').trimEnd().split('\n')) {
      const [command = '', exit = '0'] = line.split(/\s*# exit /);
      const [name, ...args] = command.split(/\s+/);
      expect(name).toBe('nb2mod');
      const { status, stdout, stderr } = await program.run(args, project);
      expect(status, `${line}\n${stderr}`).toBe(Number(exit));
      out.push(stdout);
      err.push(stderr);
    }
    const shown = (parts: readonly string[]): string => parts.join('').replaceAll(project, '<root>');
    if (isUpdating) {
      rmSync(join(folder, 'after'), { recursive: true, force: true });
      cpSync(project, join(folder, 'after'), {
        recursive: true,
        filter: (path) => !/[/\\]\.(nb2mod|git)$/.test(path),
      });
      update(join(folder, 'stdout'), shown(out));
      update(join(folder, 'stderr'), shown(err));
    }
    expect(tree(project)).toEqual(tree(join(folder, 'after')));
    expect(shown(err)).toBe(readOr(join(folder, 'stderr'), ''));
    expect(shown(out)).toBe(readOr(join(folder, 'stdout'), ''));
  });
});
