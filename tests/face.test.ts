/** What users meet first: help, examples, explanations, and what is said to a slip of the fingers. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { examples, formatExamples } from '../src/commands/examples.ts';
import { explain } from '../src/commands/explain.ts';
import { program as commands } from '../src/commands/program.ts';
import { findNotebooks } from '../src/files/find.ts';
import { findNearby } from '../src/files/nearby.ts';
import { codes } from '../src/text/codes.ts';
import { openProgram, type Program } from './program.ts';

let program: Program;
let folder: string;
beforeAll(() => {
  program = openProgram();
  folder = mkdtempSync(join(tmpdir(), 'nb2mod-face-'));
  mkdirSync(join(folder, 'notebooks'));
  writeFileSync(join(folder, 'notebooks/Churn_2.ipynb'), '');
});
afterAll(() => {
  program.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('help', () => {
  test.each(['', ...commands.commands.map((command) => command.name())])(
    'of nb2mod %s has examples',
    (name) => {
      const command = commands.commands.find((each) => each.name() === name);
      expect(formatExamples(name)).toContain(`Examples:\n  nb2mod ${name}`);
      for (const [line, meaning] of examples[name]!) {
        expect(meaning).not.toBe('');
        const used = [...line.split(' -- ')[0]!.matchAll(/ (--[a-z-]+)/g)].map((match) => match[1]);
        const named = line.split(' ')[1];
        const target = command ?? commands.commands.find((each) => each.name() === named)!;
        expect(named).toBe(target.name());
        for (const option of used)
          expect(
            target.options.map(({ long }) => long),
            line,
          ).toContain(option);
      }
    },
  );

  test('ends with the examples, and tells no default that says nothing', async () => {
    const { status, stdout } = await program.run(['extract', '--help'], folder);
    expect(status).toBe(0);
    expect(stdout).toContain('Examples:\n  nb2mod extract churn.ipynb');
    expect(stdout).not.toContain('default: false');
    expect(stdout).toContain('(default: 60)');
  });
});

describe('explain', () => {
  function ask(code?: string, json = false): { status: number; out: string; err: string } {
    const text = { out: '', err: '' };
    const options = { colour: false, folder: '.' };
    const out = (part: string | Uint8Array): void => void (text.out += part);
    const err = (part: string): void => void (text.err += part);
    const terminal = { out, err, outOptions: options, errOptions: options, progress: () => undefined };
    return { status: explain(code, { json }, terminal), ...text };
  }

  test.each(['NB402', 'nb402', '402'])('%s prints the entry of the catalogue', (code) => {
    const { status, out } = ask(code);
    const { title, example, remedy } = codes.NB402;
    expect(status).toBe(0);
    expect(out.startsWith(`NB402: ${title}\n\n`)).toBe(true);
    expect(out).toContain(
      example
        .split('\n')
        .map((line) => `    ${line}\n`)
        .join(''),
    );
    expect(out.replaceAll('\n', ' ')).toContain(remedy);
    expect(out.split('\n').every((line) => line.length <= 80 || line.startsWith('    '))).toBe(true);
  });

  test.each([
    ['NB4o2', ' (did you mean NB402?)'],
    ['wrong-thing', ''],
  ])('%s is no code%s', (code, suggestion) => {
    const { status, out, err } = ask(code);
    expect([status, out]).toEqual([2, '']);
    expect(err).toBe(
      `error: there is no code '${code}'${suggestion}\n  hint: nb2mod explain lists all codes\n`,
    );
  });

  test('lists all codes, and gives JSON', () => {
    expect(ask().out.trim().split('\n')).toHaveLength(Object.keys(codes).length);
    expect(JSON.parse(ask('402', true).out)).toEqual({ code: 'NB402', ...codes.NB402 });
    expect(JSON.parse(ask(undefined, true).out)).toEqual(codes);
  });

  test.each([
    [['--explain', '402']],
    [['--explain=NB402']],
    [['--color', 'never', '--explain', 'NB402']],
    [['explain', 'NB402']],
  ])('nb2mod %j', async (words) => {
    expect(await program.run(words, folder)).toMatchObject({
      status: 0,
      stdout: ask('NB402').out,
      stderr: '',
    });
  });
});

describe('a slip', () => {
  test.each([
    [['extrat', 'x.ipynb'], "error: unknown command 'extrat'\n(Did you mean extract?)"],
    [['extract', '--dry-rn', 'x.ipynb'], "error: unknown option '--dry-rn'\n(Did you mean --dry-run?)"],
    [
      ['notebooks'],
      "error: unknown command 'notebooks'\n  hint: a command comes first, such as: nb2mod extract notebooks",
    ],
    [
      ['scan'],
      "missing required argument 'path'\n  hint: name notebooks, or folders to search, such as: nb2mod scan .",
    ],
    [['extract', '--check'], 'such as: nb2mod extract .'],
    [
      ['scan', 'https://example.org/x.ipynb'],
      'NB510 cannot be read: there is no such file\n  hint: nb2mod reads notebooks (.ipynb) on this disk: download',
    ],
    [['extract', 'x.ipynb', '--jobs', 'many'], 'It must be a whole number from 1.'],
    [['extract', 'x.ipynb', '--limit', 'Infinity'], 'It must be a number from 0.'],
    [['extract', 'x.ipynb', '--source-root='], 'It must not be empty.'],
    [['scan', 'x.ipynb', '--html='], 'It must not be empty.'],
    [['scan', 'notebooks', '--package', 'class'], 'NB523'],
    [['status', '--global', '--system'], "option '--global' cannot be used with option '--system'"],
    [
      ['extract', 'notebook'],
      "NB510 cannot be read: there is no such file\n  hint: Did you mean 'notebooks'?",
    ],
  ])('%j', async (words, answer) => {
    const { status, stdout, stderr } = await program.run(words, folder);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toContain(answer);
  });

  test.each([
    ['notebooks/churn-2.ipynb', 'notebooks/Churn_2.ipynb'],
    ['notebooks/Churn_2', 'notebooks/Churn_2.ipynb'],
    ['notebook/chrn_2.ipynb', 'notebooks/Churn_2.ipynb'],
    ['notebooks/other.ipynb', null],
    ['elsewhere/Churn_2.ipynb', null],
    ['notebooks/Churn_2.ipynb/x', null],
  ])('near %s is %s', (path, near) => {
    expect(findNearby(join(folder, path))).toBe(near === null ? null : join(folder, near));
  });

  test('a link that leads nowhere is not answered by itself', () => {
    symlinkSync('gone', join(folder, 'notebooks/odd.ipynb'));
    expect(findNearby(join(folder, 'notebooks/odd.ipynb'))).toBe(null);
    expect(findNearby(`${folder}/./notebooks/odd.ipynb`)).toBe(null);
    rmSync(join(folder, 'notebooks/odd.ipynb'));
  });

  test('a path that is not there is answered by the one that is', () => {
    const { diagnostics } = findNotebooks([join(folder, 'notebooks/Churn2.ipynb')]);
    expect(diagnostics[0]!.hint).toBe(`Did you mean '${join(folder, 'notebooks/Churn_2.ipynb')}'?`);
  });
});
