/** The Python that the tests run: `.venv-test/`, made by scripts/python.mjs from tests/python/requirements.txt. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const windows = process.platform === 'win32';
const folder = fileURLToPath(new URL('../.venv-test/', import.meta.url));
const path = `${folder}${windows ? 'Scripts\\python.exe' : 'bin/python'}`;

/** Absolute path of the interpreter, or undefined where there is none: then `test.runIf(python)` leaves the test out. */
export const python: string | undefined = existsSync(`${folder}.requirements-hash`) ? path : undefined;

/** Where the packages' command line programs (nbstripout, pre-commit, pytest) lie. */
export const pythonScripts = `${folder}${windows ? 'Scripts' : 'bin'}`;
