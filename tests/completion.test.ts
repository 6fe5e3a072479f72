/** The completion of shells: that the scripts are whole, and that the shells that are there complete by them. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { formatCompletion, type Shell } from '../src/commands/completion.ts';
import { program, shapeOfProgram } from '../src/commands/program.ts';

const shape = shapeOfProgram(['NB401', 'NB402']);

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'nb2mod-completion-'));
  mkdirSync(join(folder, 'drafts'));
  for (const name of ['churn.ipynb', 'my sales.ipynb', 'notes.md']) writeFileSync(join(folder, name), '');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function isThere(shell: Shell): boolean {
  return spawnSync(shell, ['-c', 'exit 0']).status === 0;
}

test.each(['bash', 'zsh', 'fish'] as const)(
  'the script for %s names every command and long option',
  (shell) => {
    const script = formatCompletion(shell, shape);
    for (const command of program.commands) {
      expect(script).toMatch(new RegExp(`\\b${command.name()}\\b`));
      for (const { long } of command.options)
        expect(script).toContain(shell === 'fish' ? `-l ${long!.slice(2)}` : long);
    }
  },
);

/** Words up to the one to be completed, and what is offered for it; of many, some that must be there, and one that must not. */
const cases: readonly [words: readonly string[], offered: readonly string[], not?: string][] = [
  [['ext'], ['extract']],
  [['un'], ['undo', 'uninstall']],
  [['extract', '--lay'], ['--layout']],
  [
    ['extract', '--layout', ''],
    ['flat', 'notebook', 'topic'],
  ],
  [['extract', '--layout', 'flat', '--on-conflict', 're'], ['rename']],
  [['extract', ''], ['churn.ipynb', 'drafts', 'my sales.ipynb'], 'notes.md'],
  [['extract', 'churn.ipynb', 'd'], ['drafts']],
  [['scan', '--root', ''], ['drafts'], 'churn.ipynb'],
  [['--color', 'al'], ['always']],
  [['--color', 'always', 'sc'], ['scan']],
  [
    ['explain', 'NB40'],
    ['NB401', 'NB402'],
  ],
  [['completion', 'f'], ['fish']],
  [['filter', 'cl'], ['clean']],
  [['help', 'sta'], ['status']],
  [['strip', '--keep-c'], ['--keep-count']],
];

/** What each case is answered by. */
function expectAnswers(answers: readonly (readonly string[])[]): void {
  for (const [i, [words, offered, not]] of cases.entries()) {
    const plain = answers[i]!.map((each) => each.replace(/\/$/, '')).sort();
    const found = not === undefined ? plain : plain.filter((each) => offered.includes(each) || each === not);
    expect(found, words.join(' ')).toEqual(offered);
  }
}

function quote(word: string): string {
  return `'${word}'`;
}

describe.runIf(isThere('bash'))('bash', () => {
  function complete(calls: readonly (readonly string[])[]): string[][] {
    const script = [
      formatCompletion('bash', shape),
      ...calls.map(
        (words) =>
          `COMP_WORDS=(nb2mod ${words.map(quote).join(' ')}); COMP_CWORD=${words.length}; _nb2mod; printf '%s\\n' "\${COMPREPLY[@]}" ---`,
      ),
    ].join('\n');
    const { stdout, stderr } = spawnSync('bash', ['--norc'], {
      cwd: folder,
      input: script,
      encoding: 'utf8',
    });
    expect(stderr).toBe('');
    return stdout
      .split('---\n')
      .slice(0, -1)
      .map((part) => part.split('\n').filter(Boolean));
  }

  test('completes', () => {
    expectAnswers(complete(cases.map(([words]) => words)));
  });

  test('completes what stands behind an equals sign', () => {
    expect(
      complete([
        ['extract', '--layout', '=', 'fl'],
        ['extract', '--layout', '='],
        ['extract', '--layout', '=', 'flat', '--dry'],
      ]),
    ).toEqual([['flat'], ['notebook', 'topic', 'flat'], ['--dry-run']]);
  });
});

describe.runIf(isThere('fish'))('fish', () => {
  test('completes', () => {
    const lines = cases.map(([words]) => `complete -C ${quote(['nb2mod', ...words].join(' '))}; echo ---`);
    const script = join(folder, '.nb2mod.fish');
    writeFileSync(script, [formatCompletion('fish', shape), ...lines].join('\n'));
    const { stdout, stderr } = spawnSync('fish', ['--no-config', script], {
      cwd: folder,
      encoding: 'utf8',
      env: { ...process.env, HOME: folder },
    });
    expect(stderr).toBe('');
    const answers = stdout
      .split('---\n')
      .slice(0, -1)
      .map((part) =>
        part
          .split('\n')
          .filter(Boolean)
          .map((line) => line.split('\t')[0]!),
      );
    expectAnswers(answers);
  });
});

describe.runIf(isThere('zsh'))('zsh', () => {
  // Only an interactive zsh completes, and what a terminal shows depends on when it is looked at: no test for a busy machine.
  test('parses', () => {
    const { status, stderr } = spawnSync('zsh', ['-n'], {
      input: formatCompletion('zsh', shape),
      encoding: 'utf8',
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });
});
