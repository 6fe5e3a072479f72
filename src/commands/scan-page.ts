/** Writes what `scan` found as one HTML page. */
import { readFileSync } from 'node:fs';
import { cannotWrite } from '../files/trouble.ts';
import { putFile } from '../files/write.ts';
import { formatPage } from '../report/page.ts';
import type { ScanReport } from '../report/scan.ts';
import type { Diagnostic } from '../text/diagnostic.ts';

/**
 * The template is the page that the build makes of `src/page`, beside the program.
 * @returns why the page could not be written, if so
 */
export function writePage(path: string, report: ScanReport): Diagnostic | undefined {
  const page = formatPage(report, readFileSync(new URL('./page.html', import.meta.url), 'utf8'));
  try {
    putFile(path, Buffer.from(page));
    return undefined;
  } catch (error) {
    return cannotWrite(path, error, 'there is no page');
  }
}
