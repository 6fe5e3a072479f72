/** Installs what `package-lock.json` names when `node_modules` lacks it; says plainly what is missing when it can't. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`nb2mod's build tools need Node 20.19 or newer; this is ${process.version}.`);
  process.exit(1);
}

const wanted = JSON.parse(readFileSync(`${root}package-lock.json`, 'utf8')).packages;
const marker = `${root}node_modules/.package-lock.json`;
const present = existsSync(marker) ? JSON.parse(readFileSync(marker, 'utf8')).packages : {};
const missing = Object.keys(wanted).filter(
  (path) => path !== '' && !wanted[path].optional && present[path]?.version !== wanted[path].version,
);

if (missing.length > 0) {
  console.error(`setup: installing ${missing.length} packages (npm ci)`);
  // `npm install -g` from git prepares the package without its development dependencies and hands its own options down
  // (https://github.com/npm/cli/issues/8440): installed here, for the build alone, whatever was asked of the outer npm.
  const here = ['--global=false', '--location=project', '--include=dev', '--dry-run=false'];
  const quiet = ['--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund'];
  const result = spawnSync('npm', ['ci', ...here, ...quiet], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
    shell: process.platform === 'win32',
  });
  if (result.status !== 0) {
    console.error('setup: `npm ci` failed, see above. These packages are still missing:');
    for (const path of missing)
      console.error(`  ${path.replace(/^.*node_modules\//, '')} ${wanted[path].version}`);
    console.error('They come from the npm registry, or offline from a warm npm cache.');
    process.exit(1);
  }
}
