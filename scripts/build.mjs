/** Bundles `src/` into `dist/`: one file for each lazily loaded part, with the WebAssembly that they load beside them. */
import { createHash } from 'node:crypto';
import { execFile } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync, chmodSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'rolldown';

const root = fileURLToPath(new URL('..', import.meta.url));
const { version } = JSON.parse(readFileSync(`${root}package.json`, 'utf8'));

rmSync(`${root}dist`, { recursive: true, force: true });
/** The declarations of all that the library is made of, while the rest is being built. */
const declared = `${root}dist/declared`;
const compiler = `${root}node_modules/typescript/bin/tsc`;
const declaring = promisify(execFile)(process.execPath, [
  compiler,
  ...['--project', `${root}tsconfig.types.json`, '--outDir', declared],
]);
const common = {
  platform: 'node',
  transform: { define: { __NB2MOD_VERSION__: JSON.stringify(version) } },
  logLevel: 'warn',
  // web-tree-sitter's loader holds an eval for side modules written in C; ours have none.
  checks: { eval: false, bundlerTimings: false },
  output: {
    dir: `${root}dist`,
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: '[name]-[hash].js',
    minify: { compress: true, mangle: false },
  },
};
/** Leaves a file to the other build: they share no chunk, so that starting the fast path reads one file. */
const leave = (name) => ({
  name: `leave-${name}`,
  resolveId: (source) => (source.endsWith(`/${name}.ts`) ? { id: `./${name}.js`, external: true } : null),
});
const builds = [
  await build({
    ...common,
    input: {
      cli: `${root}src/cli.ts`,
      library: `${root}src/library.ts`,
      thread: `${root}src/commands/thread.ts`,
      // What the fast path loads when a run was killed.
      commit: `${root}src/files/commit.ts`,
    },
    plugins: [leave('fast')],
  }),
  await build({ ...common, input: { fast: `${root}src/commands/fast.ts` }, plugins: [leave('commit')] }),
];
/** The page of `scan --html`, but for its data: everything in one file, and a policy that lets nothing else in. */
const page = await build({
  ...common,
  platform: 'browser',
  input: `${root}src/page/main.ts`,
  write: false,
  output: { format: 'iife', minify: true },
});
const output = [...builds, page].flatMap((built) => built.output);
writeFileSync(`${root}dist/page.html`, assemblePage(page.output[0].code));

function assemblePage(code) {
  // Neither may end the element that it stands in.
  const script = code.replaceAll('</script', '<\\/script').trim();
  const style = readFileSync(`${root}src/page/style.css`, 'utf8').replace(/\s+/g, ' ').trim();
  const hash = (text) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
  const policy = [
    "default-src 'none'",
    `script-src ${hash(script)}`,
    `style-src ${hash(style)}`,
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  const replacements = [
    [
      'http-equiv="Content-Security-Policy" content=""',
      `http-equiv="Content-Security-Policy" content="${policy}"`,
    ],
    ['<link rel="stylesheet" href="style.css" />', `<style>${style}</style>`],
    ['<script src="main.ts"></script>', `<script>${script}</script>`],
  ];
  return replacements.reduce(
    (html, [before, after]) => {
      const [start, end, ...more] = html.split(before);
      if (end === undefined || more.length > 0) throw new Error(`page.html wants ${before} once`);
      return start + after + end;
    },
    readFileSync(`${root}src/page/page.html`, 'utf8'),
  );
}
chmodSync(`${root}dist/cli.js`, 0o755);

await declaring;
/** Of the declarations those that the library's own need, with imports as every TypeScript understands them. */
const waiting = ['library.d.ts'];
for (const path of waiting) {
  const text = readFileSync(join(declared, path), 'utf8');
  const to = join(root, 'dist', 'types', path);
  mkdirSync(dirname(to), { recursive: true });
  writeFileSync(to, text.replace(/(from '\.[^']*)\.ts'/g, "$1.js'"));
  for (const [, target] of text.matchAll(/from '(\.[^']*)\.ts'/g)) {
    const imported = join(dirname(path), `${target}.d.ts`);
    if (!waiting.includes(imported)) waiting.push(imported);
  }
}
rmSync(declared, { recursive: true });

const modules = `${root}node_modules/`;
copyFileSync(`${modules}web-tree-sitter/web-tree-sitter.wasm`, `${root}dist/web-tree-sitter.wasm`);
copyFileSync(`${root}src/verify/runner.py`, `${root}dist/runner.py`);
mkdirSync(`${root}dist/ruff`);
// `ruff_wasm.js` is CommonJS and finds its .wasm by __dirname, so it travels as it is.
copyFileSync(`${modules}@astral-sh/ruff-wasm-nodejs/ruff_wasm.js`, `${root}dist/ruff/ruff_wasm.cjs`);
copyFileSync(`${modules}@astral-sh/ruff-wasm-nodejs/ruff_wasm_bg.wasm`, `${root}dist/ruff/ruff_wasm_bg.wasm`);

const bundled = new Set(['@astral-sh/ruff-wasm-nodejs']);
for (const chunk of output) {
  for (const id of chunk.moduleIds ?? []) {
    const path = id.replaceAll('\\', '/').split('/node_modules/').at(-1);
    if (path === undefined || !id.includes('node_modules')) continue;
    bundled.add(
      path
        .split('/')
        .slice(0, path.startsWith('@') ? 2 : 1)
        .join('/'),
    );
  }
}
const licences = [...bundled].sort().map((name) => {
  const manifest = JSON.parse(readFileSync(`${modules}${name}/package.json`, 'utf8'));
  const file = ['LICENSE', 'LICENSE.md', 'LICENCE', 'license'].find((candidate) =>
    existsSync(`${modules}${name}/${candidate}`),
  );
  const text =
    file === undefined
      ? '(no licence text in the package)'
      : readFileSync(`${modules}${name}/${file}`, 'utf8').trim();
  return `${name} ${manifest.version} (${manifest.license})\n\n${text}\n`;
});
writeFileSync(`${root}dist/THIRD_PARTY_LICENSES.txt`, licences.join(`\n${'='.repeat(80)}\n\n`));
