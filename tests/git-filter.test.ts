import { spawnSync, type SpawnSyncReturns } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { openProgram, type Program } from './program.ts';

const cli = fileURLToPath(new URL('../dist/cli.js', import.meta.url));
let folder: string;
/** For `install`, `uninstall` and `status`, which git does not call. */
let program: Program;
beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'nb2mod git ')));
  program = openProgram(environment);
});
afterAll(() => {
  program.close();
  rmSync(folder, { recursive: true, force: true });
});

const environment = {
  ...process.env,
  HOME: '/nonexistent',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'A',
  GIT_AUTHOR_EMAIL: 'a@example.org',
  GIT_COMMITTER_NAME: 'A',
  GIT_COMMITTER_EMAIL: 'a@example.org',
};

interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly bytes: Buffer;
}

function outcome(result: SpawnSyncReturns<Buffer>): Outcome {
  return {
    status: result.status,
    stdout: result.stdout.toString(),
    stderr: result.stderr.toString(),
    bytes: result.stdout,
  };
}

/** In a process of its own, as git starts it. */
function nb2mod(cwd: string, args: readonly string[], input?: Buffer | string): Outcome {
  const given = input === undefined ? {} : { input };
  const env = environment;
  return outcome(spawnSync(process.execPath, [cli, ...args], { cwd, env, ...given, maxBuffer: 1 << 28 }));
}

function git(cwd: string, ...args: string[]): Outcome {
  return outcome(spawnSync('git', args, { cwd, env: environment, maxBuffer: 1 << 28 }));
}

function gitOrFail(cwd: string, ...args: string[]): string {
  const { status, stdout, stderr } = git(cwd, ...args);
  if (status !== 0) throw new Error(`git ${args.join(' ')}: ${stderr}`);
  return stdout;
}

/** What is staged, by path: git's ids of the contents. */
function staged(repository: string): Record<string, string> {
  const entries = gitOrFail(repository, 'ls-files', '-s', '-z').split('\0').filter(Boolean);
  return Object.fromEntries(
    entries.map((entry) => [entry.slice(entry.indexOf('\t') + 1), entry.split(' ')[1]!]),
  );
}

/** The id that git gives to a content. */
function idOf(text: string): string {
  return createHash('sha1')
    .update(`blob ${Buffer.byteLength(text)}\0${text}`)
    .digest('hex');
}

/** A notebook of about `size` bytes, most of them output. */
function notebook(source: string, size = 0): string {
  const text = JSON.stringify('x'.repeat(size));
  return `{\n "cells": [\n  {\n   "cell_type": "code",\n   "execution_count": 3,\n   "metadata": {},\n   "outputs": [{"output_type": "stream", "name": "stdout", "text": ${text}}],\n   "source": ${JSON.stringify([source])}\n  }\n ],\n "metadata": {},\n "nbformat": 4,\n "nbformat_minor": 4\n}\n`;
}

function stripped(source: string): string {
  return notebook(source)
    .replace(/"outputs": .*/, '"outputs": [],')
    .replace('"execution_count": 3', '"execution_count": null');
}

describe('git', { timeout: 300_000 }, () => {
  test('add, diff, commit, checkout, stash, rebase, worktree: outputs stay on disk and out of the history', async () => {
    const repository = join(folder, 'répo with spaces');
    const inner = join(repository, 'süb dir');
    mkdirSync(inner, { recursive: true });
    gitOrFail(repository, 'init', '-q', '-b', 'main');
    const installed = await program.run(['install'], inner);
    expect(installed).toMatchObject({ status: 0, stderr: '' });

    const sources = new Map([
      [join(repository, 'a b.ipynb'), 'a = 1'],
      [join(inner, 'ü.ipynb'), 'b = "ü"'],
    ]);
    for (const [path, source] of sources) writeFileSync(path, notebook(source, 100));
    // Contents at the edges of packets; what is no notebook fails and must not take the rest along.
    const sizes = [65515, 65516, 65517, 131032, 131033];
    for (const size of sizes) {
      const lead = notebook('x');
      writeFileSync(join(repository, `n${size}.ipynb`), lead + ' '.repeat(size - lead.length));
    }
    writeFileSync(join(repository, 'empty.ipynb'), '');
    writeFileSync(join(repository, 'large.ipynb'), notebook('large', 50_000_000));
    gitOrFail(repository, 'add', '-A');
    expect(staged(repository)).toEqual({
      'a b.ipynb': idOf(stripped('a = 1')),
      'süb dir/ü.ipynb': idOf(stripped('b = "ü"')),
      'large.ipynb': idOf(stripped('large')),
      'empty.ipynb': idOf(''),
      ...Object.fromEntries(
        sizes.map((size) => [
          `n${size}.ipynb`,
          idOf(stripped('x') + ' '.repeat(size - notebook('x').length)),
        ]),
      ),
    });
    gitOrFail(repository, 'commit', '-qm', 'one');
    expect(gitOrFail(repository, 'status', '--short')).toBe('');
    expect(readFileSync(join(repository, 'a b.ipynb'), 'utf8')).toBe(notebook('a = 1', 100));

    // A run changes outputs only: nothing to commit, nothing to see.
    writeFileSync(join(repository, 'a b.ipynb'), notebook('a = 1', 200));
    expect(gitOrFail(repository, 'diff')).toBe('');
    writeFileSync(join(repository, 'a b.ipynb'), notebook('a = 2', 200));
    const changed = gitOrFail(repository, 'diff')
      .split('\n')
      .filter((line) => /^[-+] /.test(line));
    expect(changed).toEqual(['-   "source": ["a = 1"]', '+   "source": ["a = 2"]']);

    gitOrFail(repository, 'stash', '-q');
    expect(readFileSync(join(repository, 'a b.ipynb'), 'utf8')).toBe(stripped('a = 1'));
    gitOrFail(repository, 'stash', 'pop', '-q');
    expect(readFileSync(join(repository, 'a b.ipynb'), 'utf8')).toBe(stripped('a = 2'));
    gitOrFail(repository, 'commit', '-qam', 'two');
    gitOrFail(repository, 'checkout', '-q', '-b', 'side', 'HEAD~1');
    writeFileSync(join(inner, 'ü.ipynb'), notebook('b = 3', 10));
    gitOrFail(repository, 'commit', '-qam', 'three');
    gitOrFail(repository, 'rebase', '-q', 'main');
    expect(gitOrFail(repository, 'show', 'HEAD:a b.ipynb')).toBe(stripped('a = 2'));
    expect(gitOrFail(repository, 'show', 'HEAD:süb dir/ü.ipynb')).toBe(stripped('b = 3'));

    gitOrFail(repository, 'worktree', 'add', '-q', '../tree', 'main');
    writeFileSync(join(folder, 'tree', 'new.ipynb'), notebook('w', 5));
    gitOrFail(join(folder, 'tree'), 'add', 'new.ipynb');
    expect(gitOrFail(join(folder, 'tree'), 'show', ':new.ipynb')).toBe(stripped('w'));
    expect((await program.run(['status', '--json'], join(folder, 'tree'))).stdout).toContain('"works": true');

    // Bad files, one of a single byte, are refused with their reasons; the others get in.
    writeFileSync(join(repository, 'bad.ipynb'), '{"cells": [,]}');
    writeFileSync(join(repository, 'byte.ipynb'), '{');
    writeFileSync(join(repository, 'good.ipynb'), notebook('g', 5));
    for (const [name, complaint] of [
      ['bad.ipynb', 'bad.ipynb:1:12: NB101'],
      ['byte.ipynb', 'byte.ipynb:1:2: NB103'],
    ] as const) {
      const added = git(repository, 'add', name, 'good.ipynb');
      expect(added.status).not.toBe(0);
      expect(added.stderr).toContain(complaint);
    }
    gitOrFail(repository, 'add', 'good.ipynb');
    expect(staged(repository)['good.ipynb']).toBe(idOf(stripped('g')));

    expect((await program.run(['uninstall'], repository)).status).toBe(0);
    expect(readFileSync(join(repository, '.git/config'), 'utf8')).not.toContain('nb2mod');
    expect((await program.run(['status'], repository)).status).toBe(1);
  });

  test('a missing binary stops the commit instead of letting outputs through', async () => {
    const repository = join(folder, 'missing');
    mkdirSync(repository);
    gitOrFail(repository, 'init', '-q');
    appendFileSync(
      join(repository, '.git/config'),
      '[filter "nb2mod"]\n\tclean = /nonexistent\n\tprocess = /nonexistent\n\trequired = true\n',
    );
    writeFileSync(join(repository, '.gitattributes'), '*.ipynb filter=nb2mod diff=nb2mod\n');
    writeFileSync(join(repository, 'a.ipynb'), notebook('a', 5));
    expect(git(repository, 'add', 'a.ipynb').status).not.toBe(0);
    expect((await program.run(['status'], repository)).status).toBe(1);
  });

  test('install takes over from nbstripout, keeps its keys, and leaves other lines alone', async () => {
    const repository = join(folder, 'takeover');
    mkdirSync(repository);
    gitOrFail(repository, 'init', '-q');
    const attributes = join(repository, '.git/info/attributes');
    mkdirSync(join(repository, '.git/info'), { recursive: true });
    writeFileSync(
      attributes,
      '*.csv diff=csv\n*.ipynb filter=nbstripout\n*.zpln filter=nbstripout\n*.ipynb diff=ipynb\n',
    );
    gitOrFail(repository, 'config', 'filter.nbstripout.clean', 'nbstripout');
    gitOrFail(repository, 'config', 'filter.nbstripout.extrakeys', 'metadata.kernelspec cell.metadata.x');
    const first = await program.run(['install'], repository);
    expect(first).toMatchObject({ status: 0, stderr: '' });
    expect(first.stdout).toContain('takes over');
    expect(readFileSync(attributes, 'utf8')).toBe(
      '*.csv diff=csv\n*.ipynb filter=nb2mod diff=nb2mod\n*.zpln filter=nb2mod diff=nb2mod\n',
    );
    const settings = readFileSync(join(repository, '.git/config'), 'utf8');
    expect(await program.run(['install'], repository)).toMatchObject({ status: 0, stderr: '' });
    expect(readFileSync(join(repository, '.git/config'), 'utf8')).toBe(settings);
    const text = notebook('a', 5).replace(
      '"metadata": {},\n "nbformat"',
      '"metadata": {"kernelspec": {}},\n "nbformat"',
    );
    writeFileSync(join(repository, 'a.ipynb'), text);
    gitOrFail(repository, 'add', 'a.ipynb');
    expect(gitOrFail(repository, 'show', ':a.ipynb')).toBe(stripped('a'));
    await program.run(['uninstall'], repository);
    expect(readFileSync(attributes, 'utf8')).toBe('*.csv diff=csv\n');
  });

  test('the hook refuses results, and is never put over another', async () => {
    const repository = join(folder, 'hook');
    mkdirSync(repository);
    gitOrFail(repository, 'init', '-q');
    expect((await program.run(['status'], repository)).stdout).not.toContain('refused');
    const both = await program.run(['install', '--pre-commit', '--global'], repository);
    expect(both).toMatchObject({ status: 2, stdout: '' });
    expect(both.stderr).toContain('NB522 --pre-commit is about the hook of one repository');
    expect((await program.run(['install', '--pre-commit'], repository)).status).toBe(0);
    expect((await program.run(['status'], repository)).stdout).toMatch(
      /^nb2mod is not installed .*\nCommits of notebooks with results are refused, by .*pre-commit\n$/,
    );
    writeFileSync(join(repository, 'ü b.ipynb'), notebook('a', 5));
    gitOrFail(repository, 'add', '-A');
    const refused = git(repository, 'commit', '-qm', 'x');
    expect(refused.status).toBe(1);
    expect(refused.stderr).toContain('ü b.ipynb: holds results');
    expect(nb2mod(repository, ['strip', 'ü b.ipynb']).status).toBe(0);
    gitOrFail(repository, 'add', '-A');
    gitOrFail(repository, 'commit', '-qm', 'x');
    const hook = join(repository, '.git/hooks/pre-commit');
    writeFileSync(hook, '#!/bin/sh\nexit 0\n');
    expect(await program.run(['install', '--pre-commit'], repository)).toMatchObject({ status: 2 });
    expect(readFileSync(hook, 'utf8')).toBe('#!/bin/sh\nexit 0\n');
  });

  test('by settings that are wrong nothing is installed, checked or said to work', async () => {
    const repository = join(folder, 'misspelt');
    mkdirSync(repository);
    const told = async (...args: string[]): Promise<[number | null, string[]]> => {
      const { status, stdout, stderr } = await program.run(args, repository);
      const codes = /\bNB\d{3}\b/g;
      if (args.includes('--json')) {
        const { diagnostics } = JSON.parse(stdout) as { diagnostics: { code: string }[] };
        expect(diagnostics.map(({ code }) => code)).toEqual(stderr.match(codes) ?? []);
      }
      return [status, stderr.match(codes) ?? []];
    };
    gitOrFail(repository, 'init', '-q');
    expect(await told('install')).toEqual([0, []]);
    expect(await told('status', '--json')).toEqual([0, []]);
    writeFileSync(join(repository, 'a.ipynb'), stripped('a'));
    gitOrFail(repository, 'add', '.');
    expect(nb2mod(repository, ['filter', 'pre-commit'])).toMatchObject({ status: 0, stderr: '' });
    writeFileSync(join(repository, 'pyproject.toml'), '[tool.nb2mod.strip]\nkeep-ouput = true\n');
    expect(nb2mod(repository, ['filter', 'pre-commit'])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining("NB521 unknown option 'keep-ouput'") as string,
    });
    expect(await told('status', '--json')).toEqual([1, ['NB521']]);
    expect(await told('uninstall')).toEqual([0, []]);
    gitOrFail(repository, 'config', 'filter.nbstripout.clean', 'nbstripout');
    expect(await told('install')).toEqual([2, ['NB521']]);
    expect(gitOrFail(repository, 'config', '--get', 'filter.nbstripout.clean')).toBe('nbstripout\n');
    expect(git(repository, 'config', '--get', 'filter.nb2mod.clean').status).toBe(1);
    writeFileSync(join(repository, 'pyproject.toml'), '[tool.nb2mod.install]\nattributes = "../a"\n');
    expect(await told('status', '--json')).toEqual([2, ['NB522']]);
  });

  test('a hook of the pre-commit framework is added to its list, once', async () => {
    const repository = join(folder, 'framework');
    mkdirSync(repository);
    gitOrFail(repository, 'init', '-q');
    const path = join(repository, '.pre-commit-config.yaml');
    const list =
      '# ours\nrepos:\n  - repo: https://example.org/x\n    rev: v1\n    hooks:\n      - id: x\n\nfail_fast: true\n';
    writeFileSync(path, list);
    expect(await program.run(['install', '--pre-commit'], repository)).toMatchObject({
      status: 0,
      stderr: '',
    });
    const hook =
      '  - repo: local\n    hooks:\n      - id: nb2mod-strip\n        name: strip notebooks\n' +
      '        entry: nb2mod strip\n        language: system\n        files: \\.(ipynb|zpln)$\n';
    const added = list.replace('      - id: x\n', `      - id: x\n${hook}`);
    expect(readFileSync(path, 'utf8')).toBe(added);
    expect((await program.run(['install', '--pre-commit'], repository)).stdout).toContain('already');
    expect((await program.run(['uninstall', '--pre-commit'], repository)).stdout).toContain(
      '.pre-commit-config.yaml: take it out there',
    );
    expect((await program.run(['status'], repository)).stdout).toContain(`\nnb2mod is in ${path}\n`);
    expect(readFileSync(path, 'utf8')).toBe(added);
    writeFileSync(path, 'repos: [{repo: local, hooks: []}]\n');
    expect(await program.run(['install', '--pre-commit'], repository)).toMatchObject({
      status: 2,
      stdout: '',
    });
    expect(readFileSync(path, 'utf8')).toBe('repos: [{repo: local, hooks: []}]\n');
    expect(existsSync(join(repository, '.git/hooks/pre-commit'))).toBe(false);
  });

  test('--attributes names the file, --global and --system the configuration', async () => {
    const home = join(folder, 'home');
    const repository = join(home, 'repository');
    mkdirSync(repository, { recursive: true });
    gitOrFail(repository, 'init', '-q');
    const lines = '*.ipynb filter=nb2mod diff=nb2mod\n*.zpln filter=nb2mod diff=nb2mod\n';
    const system = join(home, 'system');
    const systemAttributes = join(home, 'system-attributes');
    const settings = { GIT_CONFIG_NOSYSTEM: undefined, XDG_CONFIG_HOME: undefined };
    const program = openProgram({ ...environment, ...settings, HOME: home, GIT_CONFIG_SYSTEM: system });
    onTestFinished(() => program.close());
    writeFileSync(system, `[core]\n\tattributesFile = ${systemAttributes}\n`);
    for (const [args, attributes, configuration] of [
      [
        ['--attributes', '.gitattributes'],
        join(repository, '.gitattributes'),
        join(repository, '.git/config'),
      ],
      [['--global'], join(home, '.config/git/attributes'), join(home, '.gitconfig')],
      [['--system'], systemAttributes, system],
    ] as const) {
      // Git has one attributes file beyond the repository's: the system's stands in the way of the user's own.
      if (args[0] === '--global') writeFileSync(system, '');
      if (args[0] === '--system') writeFileSync(system, `[core]\n\tattributesFile = ${systemAttributes}\n`);
      const installed = await program.run(['install', ...args], repository);
      expect(installed).toMatchObject({ status: 0, stderr: '' });
      expect(readFileSync(attributes, 'utf8')).toBe(lines);
      expect(readFileSync(configuration, 'utf8')).toContain('[filter "nb2mod"]');
      expect(await program.run(['uninstall', ...args], repository)).toMatchObject({ status: 0, stderr: '' });
      expect(existsSync(attributes)).toBe(false);
      expect(readFileSync(configuration, 'utf8')).not.toContain('[filter "nb2mod"]');
    }
  });

  test('--attributes names no file outside the repository, and what it says of a folder holds for that', async () => {
    const repository = join(folder, 'parts');
    const inner = join(repository, 'd');
    mkdirSync(inner, { recursive: true });
    gitOrFail(repository, 'init', '-q');
    const refused = await program.run(['install', '--attributes', '../../outside'], inner);
    expect([refused.status, refused.stderr]).toEqual([
      2,
      expect.stringContaining('NB522 --attributes must name a file in the repository, not ../../outside'),
    ]);
    expect(existsSync(join(folder, 'outside'))).toBe(false);
    expect(git(repository, 'config', '--get', 'filter.nb2mod.clean').status).toBe(1);
    writeFileSync(join(inner, '.gitattributes'), '*.csv diff=csv');
    const { stdout } = await program.run(['install', '--attributes', '.gitattributes'], inner);
    expect(stdout).toContain(
      'nb2mod filters notebooks in the folder d of this repository (attributes in .git',
    );
    await program.run(['uninstall', '--attributes', '.gitattributes'], inner);
    expect(readFileSync(join(inner, '.gitattributes'), 'utf8')).toBe('*.csv diff=csv');
  });

  test('pyproject.toml names the attributes file, but none outside the repository', async () => {
    const repository = join(folder, 'configured-install');
    mkdirSync(repository);
    gitOrFail(repository, 'init', '-q');
    const configure = (attributes: string): void =>
      writeFileSync(
        join(repository, 'pyproject.toml'),
        `[tool.nb2mod.install]\nattributes = "${attributes}"\n`,
      );
    configure('../elsewhere');
    const refused = await program.run(['install'], repository);
    expect(refused.status).toBe(2);
    expect(refused.stderr).toContain("NB522 'attributes' must be a file in the repository, not ../elsewhere");
    configure('.gitattributes');
    expect(await program.run(['install'], repository)).toMatchObject({ status: 0, stderr: '' });
    expect(readFileSync(join(repository, '.gitattributes'), 'utf8')).toContain('*.ipynb filter=nb2mod');
    expect(await program.run(['uninstall'], repository)).toMatchObject({ status: 0, stderr: '' });
    expect(existsSync(join(repository, '.gitattributes'))).toBe(false);
  });

  test('outside a repository install says so', async () => {
    const outside = join(folder, 'outside');
    mkdirSync(outside);
    expect(await program.run(['install'], outside)).toMatchObject({ status: 2, stdout: '' });
  });
});

describe('the long-running protocol', { timeout: 120_000 }, () => {
  const packet = (content: string | Buffer): Buffer => {
    const payload = Buffer.from(content as string);
    return Buffer.concat([Buffer.from((payload.length + 4).toString(16).padStart(4, '0')), payload]);
  };
  const list = (...items: (string | Buffer)[]): Buffer =>
    Buffer.concat([...items.map((item) => packet(item)), Buffer.from('0000')]);
  const hello = Buffer.concat([
    list('git-filter-client\n', 'version=2\n'),
    list('capability=clean\n', 'capability=smudge\n', 'capability=delay\n'),
  ]);
  const welcome = Buffer.concat([
    list('git-filter-server\n', 'version=2\n'),
    list('capability=clean\n', 'capability=smudge\n'),
  ]).toString();
  const request = (command: string, path: Buffer | string, ...content: (string | Buffer)[]): Buffer =>
    Buffer.concat([
      list(
        `command=${command}\n`,
        Buffer.concat([Buffer.from('pathname='), Buffer.from(path as string), Buffer.from('\n')]),
      ),
      list(...content),
    ]);
  const success = (content: string): string =>
    Buffer.concat([list('status=success\n'), content === '' ? list() : list(content), list()]).toString();
  const failed = list('status=error\n').toString();

  test('clean, smudge, a bad file, an unknown command and an odd path, in one process', () => {
    const text = notebook('p', 10);
    const input = Buffer.concat([
      hello,
      request('clean', 'a.ipynb', text.slice(0, 10), text.slice(10)),
      request('clean', 'bad.ipynb', '{'),
      request('clean', Buffer.from([0x61, 0xff, 0x2e]), text),
      request('smudge', 'a=b.ipynb', 'as it is'),
      request('list_available_blobs', 'x', 'y'),
      request('clean', 'empty.ipynb'),
    ]);
    const { status, stdout, stderr } = nb2mod(folder, ['filter', 'process'], input);
    expect(status).toBe(0);
    expect(stdout).toBe(
      welcome +
        success(stripped('p')) +
        failed +
        success(stripped('p')) +
        success('as it is') +
        failed +
        success(''),
    );
    expect(stderr).toContain('bad.ipynb:1:2: NB103');
  });

  test('input that ends anywhere ends the filter quietly', () => {
    const whole = Buffer.concat([hello, request('clean', 'a.ipynb', notebook('p'))]);
    for (const length of [hello.length, hello.length + 3, whole.length - 2]) {
      expect(nb2mod(folder, ['filter', 'process'], whole.subarray(0, length))).toMatchObject({
        status: 0,
        stdout: welcome,
      });
    }
    expect(nb2mod(folder, ['filter', 'process'], 'hello')).toMatchObject({ status: 2, stdout: '' });
  });
});

describe('strip from the command line', { timeout: 120_000 }, () => {
  test('modes, links and times stay; untouched files are untouched; one bad file does not stop the rest', () => {
    const place = join(folder, 'files');
    mkdirSync(place);
    const paths = ['a.ipynb', 'clean.ipynb', 'target.ipynb', 'bad.ipynb', 'n.txt'].map((name) =>
      join(place, name),
    );
    const [first, clean, target, bad, other] = paths as [string, string, string, string, string];
    const link = join(place, 'link.ipynb');
    for (const path of [first, target, other]) writeFileSync(path, notebook('a', 9));
    writeFileSync(clean, stripped('c'));
    writeFileSync(bad, '{"cells": []} x');
    chmodSync(first, 0o640);
    symlinkSync('target.ipynb', link);
    const before = statSync(clean, { bigint: true });
    const { status, stdout, stderr } = nb2mod(place, [
      'strip',
      first,
      bad,
      clean,
      link,
      other,
      'missing.ipynb',
    ]);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain('NB101');
    expect(stderr).toContain('NB510');
    expect(stderr).toContain('--force');
    expect(readFileSync(first, 'utf8')).toBe(stripped('a'));
    expect(statSync(first).mode & 0o777).toBe(0o640);
    expect(readFileSync(target, 'utf8')).toBe(stripped('a'));
    expect(readFileSync(other, 'utf8')).toBe(notebook('a', 9));
    const after = statSync(clean, { bigint: true });
    expect([after.mtimeNs, after.ino]).toEqual([before.mtimeNs, before.ino]);
  });

  test.each<[string[], string, number, string]>([
    [[], notebook('a', 3), 0, stripped('a')],
    [['-', '--keep-count'], notebook('a', 3), 0, stripped('a').replace('null', '3')],
    [['--check'], notebook('a', 3), 1, 'stdin\n'],
    [['--check'], stripped('a'), 0, ''],
    [['--verify'], notebook('a', 3), 1, 'Dry run: would have stripped input from stdin\n'],
    [['--dry-run'], notebook('a', 3), 0, 'Dry run: would have stripped input from stdin\n'],
    [['--nonsense'], '', 2, ''],
    [['--max-size', 'much'], '', 2, ''],
    [['--format', 'pretty'], '', 2, ''],
    [['--json'], '', 2, ''],
    [[], '', 0, ''],
    [[], '{"cells": [', 2, ''],
  ])('strip %j of standard input', (args, input, status, stdout) => {
    expect(nb2mod(folder, ['strip', ...args], input)).toMatchObject({ status, stdout });
  });

  test('--json reports every file', () => {
    const result = nb2mod(folder, ['strip', '--check', '--json'], notebook('a', 3));
    expect(result.status).toBe(1);
    expect(JSON.parse(result.stdout)).toEqual({
      version: 1,
      files: [{ path: 'stdin', changed: true, diagnostics: [] }],
      summary: { files: 1, changed: 1, failed: 0 },
      diagnostics: [],
    });
  });

  test('--json reports why nothing was stripped, too', () => {
    const place = join(folder, 'unsettled');
    mkdirSync(join(place, '.git'), { recursive: true });
    writeFileSync(join(place, 'a.ipynb'), notebook('a', 3));
    writeFileSync(join(place, 'pyproject.toml'), '[tool.nb2mod.strip]\n\nmax-size = "much"\n');
    const result = nb2mod(place, ['strip', '--json', 'a.ipynb']);
    const path = join(place, 'pyproject.toml');
    expect(result.status).toBe(2);
    expect(JSON.parse(result.stdout)).toEqual({
      version: 1,
      files: [],
      summary: { files: 0, changed: 0, failed: 0 },
      diagnostics: [expect.objectContaining({ code: 'NB522', place: { path, line: 3 } })],
    });
    expect(result.stderr).toMatch(/pyproject\.toml:3: NB522 max-size/);
    // What the command line says is no fault of the file.
    expect(nb2mod(place, ['strip', '--check', '--max-size=10k', 'a.ipynb']).stderr).toBe('');
    expect(nb2mod(place, ['strip', '--max-size=more', 'a.ipynb']).stderr).toMatch(/^NB522 max-size/);
  });

  test('pyproject.toml at the top of the worktree holds for strip and filter', () => {
    const place = join(folder, 'configured');
    mkdirSync(join(place, 'inner'), { recursive: true });
    mkdirSync(join(place, '.git'));
    const configure = (text: string): void => writeFileSync(join(place, 'pyproject.toml'), text);
    configure('[tool.nb2mod.strip]\nkeep-count = true\nextra-keys = ["metadata.kernelspec"]\n');
    const inner = join(place, 'inner');
    const expected = stripped('a').replace('null', '3');
    expect(nb2mod(inner, ['strip'], notebook('a', 3)).stdout).toBe(expected);
    expect(nb2mod(inner, ['filter', 'clean'], notebook('a', 3)).stdout).toBe(expected);
    writeFileSync(join(inner, 'a.ipynb'), notebook('a', 3));
    nb2mod(folder, ['strip', join(inner, 'a.ipynb')]);
    expect(readFileSync(join(inner, 'a.ipynb'), 'utf8')).toBe(expected);
    configure('[tool.nb2mod.strip]\nkeep-cuont = true\n');
    expect(nb2mod(inner, ['strip'], notebook('a', 3))).toMatchObject({ status: 2, stdout: '' });
    const misspelt = nb2mod(inner, ['strip', '--keep-cuont'], notebook('a', 3)).stderr;
    expect(misspelt).toContain('unknown option --keep-cuont (did you mean --keep-count?)');
    configure('[tool.nb2mod.strip\n');
    expect(nb2mod(inner, ['strip'], notebook('a', 3)).stderr).toContain('NB520');
  });
});
