/** Turns a generated module into Ruff's findings: the judge of what nb2mod writes. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { compileLazily } from '../python/webassembly.ts';

/** Something that Ruff objects to. */
export interface Finding {
  /** Ruff's rule: `F821`; `invalid-syntax` for what is no Python. */
  readonly rule: string;
  readonly message: string;
  /** UTF-16, in the module. */
  readonly offset: number;
}

interface Workspace {
  check(text: string): readonly {
    readonly code: string | null;
    readonly message: string;
    readonly start_location: { readonly row: number; readonly column: number };
    /** How Ruff would mend it, if it would. */
    readonly fix: object | null;
  }[];
}

interface Ruff {
  readonly Workspace: new (options: unknown, encoding: number) => Workspace;
  readonly PositionEncoding: { readonly Utf16: number };
}

/** Unused imports, redefinitions, undefined names, undefined exports. Syntax errors are always reported. */
const untidy = ['F401', 'F811', 'F821', 'F822'];
/**
 * What only CPython's compiler refuses: nested star imports, two stars in an assignment, `break`, `continue`, `yield` and
 * `return` where none can be, an `except` behind the one that catches all, wrong `nonlocal` and `global`, `await` outside
 * coroutines, `__future__` imports that come late. One such definition, and nothing could be imported from its module.
 */
const uncompilable = 'F404 F406 F622 F701 F702 F704 F706 F707 PLE0115 PLE0117 PLE0118 PLE1142 PLE1700'.split(
  ' ',
);

let workspace: Workspace | undefined;

/** Loads Ruff, some 10 MB of WebAssembly: only when there is a module to be judged. */
function load(): Workspace {
  if (workspace !== undefined) return workspace;
  compileLazily();
  const require = createRequire(import.meta.url);
  const beside = fileURLToPath(new URL('./ruff/ruff_wasm.cjs', import.meta.url));
  const path = require.resolve(existsSync(beside) ? beside : '@astral-sh/ruff-wasm-nodejs');
  // After a fault an instance is of no use any more: another one is made.
  delete require.cache[path];
  const ruff = require(path) as Ruff;
  const options = { lint: { select: [...untidy, ...uncompilable] }, 'target-version': 'py313' };
  workspace = new ruff.Workspace(options, ruff.PositionEncoding.Utf16);
  return workspace;
}

/**
 * `try: import xgboost` only to see whether it is there: that is its use. Of unused imports Ruff leaves those alone that
 * stand in a `try` which handles their failing, and takes out all others.
 */
export function isProbe({
  code,
  fix,
}: Pick<ReturnType<Workspace['check']>[number], 'code' | 'fix'>): boolean {
  return code === 'F401' && fix === null;
}

/** All that Ruff finds in a module's text, in order. */
export function judge(text: string): Finding[] {
  const lineStarts = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) lineStarts.push(at + 1);
  return check(text)
    .filter((finding) => !isProbe(finding))
    .map(({ code, message, start_location: { row, column } }) => ({
      rule: code ?? 'invalid-syntax',
      message,
      offset: (lineStarts[row - 1] ?? text.length) + column - 1,
    }));
}

function check(text: string): ReturnType<Workspace['check']> {
  try {
    return load().check(text);
  } catch (error) {
    // Ruff parses the strings in annotations too, and they can be nested deeper than the stack is.
    if (!(error instanceof Error && /^(Range|Runtime)Error$/.test(error.name))) throw error;
    workspace = undefined;
    const message = 'nested too deeply to be checked';
    return [{ code: null, message, start_location: deepestPlace(text), fix: null }];
  }
}

/** Where the brackets of a text are nested most deeply. */
function deepestPlace(text: string): { row: number; column: number } {
  let [depth, most, place] = [0, 0, 0];
  for (const { 0: bracket, index } of text.matchAll(/[()[\]{}]/g)) {
    depth += '([{'.includes(bracket) ? 1 : -1;
    if (depth > most) [most, place] = [depth, index];
  }
  const lines = text.slice(0, place).split('\n');
  return { row: lines.length, column: lines.at(-1)!.length + 1 };
}
