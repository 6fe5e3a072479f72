/** The settings of pyproject.toml: where they stand, which command they are for, and the schema that editors have of them. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { config } from '../src/commands/config.ts';
import { formatSchema, schemaOfFile, schemaOfTable } from '../src/commands/schema.ts';
import { readConfiguration, readSettings } from '../src/project/configuration.ts';
import { configuredCommands } from '../src/project/options.ts';
import { readProjectFile } from '../src/project/toml.ts';
import { python } from './python.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

describe('the table of a command', () => {
  const text = `[tool.nb2mod]
verify = true
timeout = 60
layout = "topic"
[tool.nb2mod.scan]
layout = "flat"
[tool.nb2mod.install]
attributes = ".gitattributes"
`;
  test.each([
    ['extract', { verify: true, timeout: 60, layout: 'topic' }],
    ['scan', { verify: true, timeout: 60, layout: 'flat' }],
    ['verify', { verify: true, timeout: 60, layout: 'topic' }],
    ['install', { verify: true, timeout: 60, layout: 'topic', attributes: '.gitattributes' }],
  ] as const)('of %s goes before what is for all', (command, configuration) => {
    const { document, ...rest } = readConfiguration('pyproject.toml', text, command);
    expect(rest).toEqual({ configuration, keys: ['tool.nb2mod'], diagnostics: [] });
    expect(document).toMatchObject({ tool: { nb2mod: { install: { attributes: '.gitattributes' } } } });
  });

  test('of verify can stand beside the option of extract with that name', () => {
    const both = '[tool.nb2mod.extract]\nverify = true\n[tool.nb2mod.verify]\ntimeout = 5\n';
    expect(readConfiguration('p', both, 'extract').configuration).toEqual({ verify: true });
    expect(readConfiguration('p', both, 'verify').configuration).toEqual({ timeout: 5 });
  });

  test.each([
    ['[tool.nb2mod.scan]\n\nlayuot = "flat"\n', 'NB521', 3, "Did you mean 'layout'?"],
    ['[tool.nb2mod.scna]\nlayout = "flat"\n', 'NB521', 1, "Did you mean 'scan'?"],
    ['[tool.nb2mod.verify]\npackage = "x"\n', 'NB521', 2, 'The options are python, timeout, offline.'],
    [
      '[tool.nb2mod]\nscan = 3\n',
      'NB522',
      2,
      'Write a line [tool.nb2mod.scan], and the options of scan below it.',
    ],
    ['[tool.nb2mod]\nverify = 3\n', 'NB522', 2, 'Write for instance verify = true.'],
    ['[tool.nb2mod]\nlayout = "topics"\n', 'NB522', 2, "Did you mean 'topic'?"],
    ['[tool.nb2mod]\njobs = 1.5\n', 'NB522', 2, 'Write for instance jobs = 2.'],
    ['[tool.nb2mod]\nlimit = inf\n', 'NB522', 2, 'Write for instance limit = 60.'],
    ['[tool.nb2mod]\nexclude = [""]\n', 'NB522', 2, 'Write for instance exclude = ["drafts/"].'],
    ['[tool.nb2mod]\nkeep = ["scratch-*"]\n', 'NB522', 2, 'Write for instance keep = ["scratch_*"].'],
    [
      '[tool.nb2mod.modules]\n"load *" = "data"\n',
      'NB522',
      1,
      'Write for instance modules = { "load_*" = "data" }.',
    ],
    [
      '[[tool.nb2mod.overrides]]\npaths = []\nkeep = ["x"]\n',
      'NB522',
      1,
      'Write [[tool.nb2mod.overrides]], and below it paths = ["drafts/"] and the settings.',
    ],
    [
      '[tool.nb2mod.install]\nglobal = true\n',
      'NB521',
      2,
      'Give --global on the command line; it belongs to a single run.',
    ],
  ])('%j is %s on line %s', (content, code, line, hint) => {
    const { diagnostics } = readSettings('pyproject.toml', content);
    expect(diagnostics.map((each) => [each.code, each.place?.line, each.hint])).toEqual([[code, line, hint]]);
  });
});

describe('the line of a key', () => {
  const text = `\uFEFF[tool.ruff]
layout = 1
[tool.nb2mod] # ours
exclude = [
  "layout = 2",
  ["package"],
]
note = """
[tool.nb2mod.strip]
keep = 1
"""
"package" = "x"
strip.keep-count = true
[[tool.nb2mod.overrides]]
paths = ["a"]
[[tool.nb2mod.overrides]]
paths = ["b"]
layout = "flat"
[tool.nb2mod.modules]
"load_*" = "data"
`;
  const file = readProjectFile('p', text.replace('  ["package"],\n', '  "package",\n'));
  test.each([
    [['exclude'], 4],
    [['package'], 12],
    [['strip'], 13],
    [['strip', 'keep-count'], 13],
    [['strip', 'keep'], 13],
    [['overrides'], 14],
    [['overrides', 0, 'layout'], 14],
    [['overrides', 1, 'layout'], 18],
    [['modules', 'load_*'], 20],
    [['layout'], 3],
  ])('%j is %s', (path, line) => {
    expect('diagnostic' in file ? file.diagnostic : file.lineOf(path)).toBe(line);
  });

  test('is unknown where the file does not name the table', () => {
    const other = readProjectFile('p', '[tool]\nnb2mod = { package = "x" }\n');
    expect('diagnostic' in other ? other.diagnostic : other.lineOf(['package'])).toBe(2);
    const nothing = readProjectFile('p', '[a]\nb = 1\n');
    expect('diagnostic' in nothing ? nothing.diagnostic : nothing.lineOf(['package'])).toBeUndefined();
  });
});

describe('the schema', () => {
  const files = [
    ['nb2mod.schema.json', schemaOfTable],
    ['pyproject.schema.json', schemaOfFile],
  ] as const;
  test.each(files)('schema/%s is what the tables of options make', (name, make) => {
    const path = join(root, 'schema', name);
    if (process.env['UPDATE'] !== undefined) writeFileSync(path, formatSchema(make()));
    expect(readFileSync(path, 'utf8').replaceAll('\r\n', '\n')).toBe(formatSchema(make()));
  });

  test.runIf(python)('takes and refuses what the reader takes and refuses', () => {
    const cases: readonly [text: string, isGood: boolean][] = [
      ['package = "x"', true],
      ['package = 3', false],
      ['package = ""', false],
      ['pakage = "x"', false],
      ['jobs = 0', false],
      ['jobs = 2', true],
      ['exclude = "a"', false],
      ['exclude = ["a"]', true],
      ['layout = "deep"', false],
      ['layout = "flat"', true],
      ['verify = true', true],
      ['verify = 1', false],
      ['verify = { timeout = 5 }', true],
      ['verify = { layout = "flat" }', false],
      ['scan = { layout = "flat" }', true],
      ['scan = true', false],
      ['modules = { "a*" = "data.load" }', true],
      ['modules = { "a*" = "../data" }', false],
      ['modules = { "a*" = "__init__" }', false],
      ['overrides = [{ paths = ["a"], keep-outputs = true }]', true],
      ['overrides = [{ keep-outputs = true }]', false],
      ['overrides = [{ paths = ["a"], package = "x" }]', false],
      ['install = { attributes = ".gitattributes", pre-commit = true }', true],
      ['dry-run = true', false],
    ];
    const read = cases.map(
      ([text]) => readSettings('p', `[tool.nb2mod]\n${text}\n`).diagnostics.length === 0,
    );
    expect(read).toEqual(cases.map(([, isGood]) => isGood));
    const script = `import json, sys, tomllib, jsonschema
schema, texts = json.load(sys.stdin)
jsonschema.Draft7Validator.check_schema(schema)
validator = jsonschema.Draft7Validator(schema)
print(json.dumps([validator.is_valid(tomllib.loads(text)) for text in texts]))`;
    const input = JSON.stringify([schemaOfTable(), cases.map(([text]) => text)]);
    const { stdout, stderr } = spawnSync(python!, ['-c', script], { input, encoding: 'utf8' });
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual(read);
  });

  test('describes every option, of every command', () => {
    const { properties } = schemaOfTable() as { properties: Record<string, { description?: string }> };
    for (const command of configuredCommands) expect(properties).toHaveProperty(command);
    for (const [name, option] of Object.entries(properties)) {
      if (name !== 'verify') expect(option.description, name).toMatch(/^[A-Z'].*\.$/);
    }
  });
});

describe('nb2mod config', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'nb2mod-config-'));
    mkdirSync(join(folder, '.git'));
    mkdirSync(join(folder, 'old'));
    writeFileSync(join(folder, 'old/a.ipynb'), '');
    writeFileSync(
      join(folder, 'pyproject.toml'),
      `[project]
name = "churn-study"
[tool.nb2mod]
exclude = ["drafts/"]
modules = { "load_*" = "data" }
[tool.nb2mod.scan]
layout = "flat"
[[tool.nb2mod.overrides]]
paths = ["old/"]
keep-outputs = true
[tool.nb2mod.strip]
keep-output-type = "error stream"
`,
    );
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  async function ask(
    path: string,
    given: Readonly<Record<string, unknown>> = {},
    flags: { readonly json?: boolean; readonly schema?: boolean } = {},
  ): Promise<{ readonly status: number; readonly out: string; readonly err: string }> {
    const text = { out: '', err: '' };
    const options = { colour: false, folder };
    const status = await config(
      join(folder, path),
      given,
      { json: false, schema: false, ...flags },
      {
        out: (part) => void (text.out += part),
        err: (part) => void (text.err += part),
        outOptions: options,
        errOptions: options,
        progress: () => undefined,
      },
    );
    return { status, ...text };
  }

  test.each([
    [/^package = "churn_study" +# default: the project's name/m],
    [/^source-root = "src" +# default$/m],
    [/^keep-outputs = true +# override at pyproject.toml:10$/m],
    [/^exclude = \["drafts\/"\] +# pyproject.toml:4$/m],
    [/^modules = \{ "load_\*" = "data" \} +# pyproject.toml:5$/m],
    [/^\[tool.nb2mod.scan\]\nlayout = "flat" +# pyproject.toml:7$/m],
    [/^keep-output-type = \["error", "stream"\] +# pyproject.toml:12$/m],
    [/^# python: default: the active environment's, else python3$/m],
  ])('says %s', async (line) => {
    expect((await ask('old/a.ipynb')).out).toMatch(line);
  });

  test('an override holds for its notebooks alone, and the command line before all', async () => {
    expect((await ask('.')).out).toMatch(/^keep-outputs = false +# default$/m);
    const { out } = await ask('old', { keepOutputs: false, exclude: ['x'] });
    expect(out).toMatch(/^keep-outputs = false +# command line$/m);
    expect(out).toMatch(/^exclude = \["drafts\/", "x"\] +# command line$/m);
  });

  test('what it prints is configuration that means the same', async () => {
    const { out } = await ask('.');
    const { configuration, diagnostics } = readConfiguration('p', out, 'scan');
    expect(diagnostics).toEqual([]);
    const modules = [{ pattern: 'load_*', module: 'data' }];
    expect(configuration).toMatchObject({ layout: 'flat', exclude: ['drafts/'], modules, gitignore: true });
  });

  test('--json tells the same by command', async () => {
    const { commands } = JSON.parse((await ask('.', {}, { json: true })).out) as {
      commands: Record<string, Record<string, unknown>>;
    };
    expect(Object.keys(commands)).toEqual([...configuredCommands, 'strip']);
    const scan = {
      value: 'flat',
      origin: 'pyproject.toml',
      table: '[tool.nb2mod.scan]',
      file: 'pyproject.toml',
      line: 7,
    };
    expect(commands['scan']!['layout']).toEqual(scan);
    expect(commands['extract']!['layout']).toMatchObject({ value: 'notebook', origin: 'default' });
  });

  test('--schema prints the schema, a missing path or a wrong file is refused', async () => {
    expect((await ask('.', {}, { schema: true })).out).toBe(formatSchema(schemaOfFile()));
    expect(await ask('none.ipynb')).toMatchObject({ status: 2, out: '' });
    const manifest = join(folder, 'pyproject.toml');
    const text = readFileSync(manifest, 'utf8');
    writeFileSync(manifest, text.replace('keep-output-type', 'keep-output-tpye'));
    const { status, err } = await ask('.');
    writeFileSync(manifest, text);
    expect(status).toBe(2);
    expect(err).toContain(
      "pyproject.toml:12: NB521 unknown option 'keep-output-tpye' under [tool.nb2mod.strip]",
    );
    expect(err).toContain("Did you mean 'keep-output-type'?");
  });

  test('a type of outputs that there is none of is refused', async () => {
    const manifest = join(folder, 'pyproject.toml');
    const text = readFileSync(manifest, 'utf8');
    writeFileSync(manifest, text.replace('"error stream"', '["eror"]'));
    const { status, err } = await ask('.');
    writeFileSync(manifest, text);
    expect(status).toBe(2);
    expect(err).toMatch(/pyproject.toml:12: NB522 'keep-output-type' must be a list of some of "stream"/);
    expect(err).toContain("Did you mean 'error'?");
  });
});
