/** Turns notebooks into notebooks without results: files in place, or standard input to standard output. */
import { dirname } from 'node:path';
import { findPending, warnOfPending } from '../files/pending.ts';
import { readLimited } from '../files/read.ts';
import { readAll, writeAll } from '../files/stream.ts';
import { cannotWrite, changedMeanwhile } from '../files/trouble.ts';
import { replaceFile } from '../files/write.ts';
import { stripBytes, type StripSettings, type Stripping } from '../notebook/strip-bytes.ts';
import { formatDiagnostic, type Diagnostic } from '../text/diagnostic.ts';
import { printable } from '../text/printable.ts';
import { findConfiguration, openSettings, parseArguments } from './strip-options.ts';
import { describeFault } from './unexpected.ts';

/** What became of one file. */
interface FileReport {
  readonly path: string;
  readonly changed: boolean;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * `nb2mod strip`: strips files in place; without files, or for `-`, standard input to standard output. One bad file
 * never stops the others.
 * @param args what follows the name of the command
 * @returns the exit code: 0; 1 if `--check` or `--verify` found something to strip; 2 on bad usage or a bad file
 */
export async function strip(args: readonly string[]): Promise<number> {
  const parsed = parseArguments(args);
  if ('usage' in parsed) return refuse(parsed.usage);
  const { written } = parsed;
  const files = parsed.files.length === 0 ? ['-'] : parsed.files;
  const has = (name: string): boolean => written.has(name);
  const isDry = has('dry-run') || has('verify') || has('check');
  if (has('json') && !isDry && (files.includes('-') || has('textconv'))) {
    return refuse('--json leaves no room for a notebook on standard output; give --check too, or a file');
  }
  // As git's filter does it: what the repository says that a file lies in.
  const found = new Map<string | undefined, StripSettings>();
  const trouble: Diagnostic[] = [];
  /** Nothing is stripped if something is wrong beyond single files. */
  const tell = (diagnostics: readonly Diagnostic[]): boolean => {
    for (const diagnostic of diagnostics) warn(diagnostic);
    trouble.push(...diagnostics);
    return diagnostics.every(({ severity }) => severity !== 'error');
  };
  const finish = (reports: readonly FileReport[]): void => {
    if (has('json')) writeAll(1, `${JSON.stringify(reportOf(reports, trouble), null, 2)}\n`);
  };
  const settingsFor = new Map<string, StripSettings>();
  for (const folder of new Set(files.map(folderOf))) {
    const path = findConfiguration(folder);
    let settings = found.get(path);
    if (settings === undefined) {
      const opened = await openSettings(path, written);
      if (!tell(opened.diagnostics)) {
        finish([]);
        return 2;
      }
      settings = opened.settings;
      found.set(path, settings);
    }
    settingsFor.set(folder, settings);
  }

  if (!has('textconv') && !tell(await settleRuns(files, isDry))) {
    finish([]);
    return 2;
  }

  const reports: FileReport[] = [];
  for (const file of files) {
    const name = file === '-' ? 'stdin' : file;
    const settings = settingsFor.get(folderOf(file))!;
    const report = stripFile(file, name, settings, isDry, has('textconv'), has('force'));
    reports.push(report);
    if (has('json')) continue;
    for (const diagnostic of report.diagnostics) warn(diagnostic);
    if (!report.changed || !isDry) continue;
    const shown = file === '-' ? 'input from stdin' : file;
    writeAll(1, has('check') ? `${printable(name)}\n` : `Dry run: would have stripped ${printable(shown)}\n`);
  }
  finish(reports);
  if (reports.some(isFailed)) return 2;
  return (has('check') || has('verify')) && reports.some(({ changed }) => changed) ? 1 : 0;
}

/** Puts right what killed runs have left around the files; where nothing is to be written, says so. */
async function settleRuns(files: readonly string[], isDry: boolean): Promise<Diagnostic[]> {
  const folders = new Set(files.filter((file) => file !== '-').map(folderOf));
  const roots = new Set([...folders].flatMap(findPending));
  if (roots.size === 0) return [];
  if (isDry) return [...roots].flatMap(warnOfPending);
  const { recover } = await import('../files/commit.ts');
  const diagnostics: Diagnostic[] = [];
  for (const root of roots) diagnostics.push(...(await recover(root)));
  return diagnostics;
}

function folderOf(file: string): string {
  return file === '-' ? '.' : dirname(file);
}

function refuse(message: string): number {
  writeAll(2, `error: ${message}\n  hint: nb2mod strip --help lists the options\n`);
  return 2;
}

function warn(diagnostic: Diagnostic): void {
  writeAll(2, `${formatDiagnostic(diagnostic)}\n`);
}

function isFailed({ diagnostics }: FileReport): boolean {
  return diagnostics.some(({ severity }) => severity === 'error');
}

/** @param diagnostics what is not about a single file */
function reportOf(files: readonly FileReport[], diagnostics: readonly Diagnostic[]): object {
  return {
    version: 1,
    files,
    summary: {
      files: files.length,
      changed: files.filter(({ changed }) => changed).length,
      failed: files.filter(isFailed).length,
    },
    diagnostics,
  };
}

function stripFile(
  file: string,
  name: string,
  settings: StripSettings,
  isDry: boolean,
  isPrinted: boolean,
  isForced: boolean,
): FileReport {
  const report = (changed: boolean, ...diagnostics: Diagnostic[]): FileReport => ({
    path: name,
    changed,
    diagnostics,
  });
  const isStream = file === '-';
  const reading = isStream ? { bytes: readAll(0) } : readLimited(file);
  if ('diagnostic' in reading) return report(false, reading.diagnostic);
  if (!isStream && !isForced && !/\.(?:ipynb|zpln)$/.test(file)) {
    const message = 'passed over: it does not end in .ipynb or .zpln';
    const place = { path: file };
    return report(false, {
      code: 'NB107',
      severity: 'info',
      place,
      message,
      hint: 'give --force to strip it',
    });
  }
  const stripping = stripSafely(name, reading.bytes, settings);
  if ('diagnostic' in stripping) return report(false, stripping.diagnostic);
  const notes = stripping.note === undefined ? [] : [stripping.note];
  if (isDry) return report(stripping.isChanged, ...notes);
  if (isStream || isPrinted) {
    writeAll(1, stripping.bytes);
    return report(stripping.isChanged, ...notes);
  }
  const failure = writeBack(file, reading.bytes, stripping);
  return failure === undefined ? report(stripping.isChanged, ...notes) : report(false, ...notes, failure);
}

/** A fault of ours must not take the other files with it. */
function stripSafely(
  path: string,
  bytes: Uint8Array,
  settings: StripSettings,
): ReturnType<typeof stripBytes> {
  try {
    return stripBytes(path, bytes, settings);
  } catch (error) {
    const message = `stripping it met a fault of nb2mod (${describeFault(error)}): the file is as it was`;
    const hint = 'Report it, please: with NB2MOD_DEBUG=1 it says where.';
    return { diagnostic: { code: 'NB206', severity: 'error', place: { path }, message, hint } };
  }
}

/** A file with nothing to take out is not touched, whatever its layout. */
function writeBack(
  file: string,
  before: Uint8Array,
  { bytes, isChanged }: Stripping,
): Diagnostic | undefined {
  if (!isChanged) return undefined;
  try {
    if (replaceFile(file, bytes, before)) return undefined;
  } catch (error) {
    return cannotWrite(file, error, 'the file is as it was');
  }
  return changedMeanwhile(file, 'it is left as that program wrote it');
}
