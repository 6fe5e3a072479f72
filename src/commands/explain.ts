/** `nb2mod explain`: prints what the catalogue says of a code. */
import { codes, type Code, type CodeEntry } from '../text/codes.ts';
import { nearest } from '../text/nearest.ts';
import { paint } from '../report/paint.ts';
import type { Terminal } from './terminal.ts';

/**
 * @param code such as `NB402`, also `nb402` or `402`; none lists all
 * @returns the exit code: 0, or 2 if there is no such code
 */
export function explain(
  code: string | undefined,
  { json }: { readonly json: boolean },
  { out, err, outOptions }: Terminal,
): number {
  const { colour } = outOptions;
  const entries = Object.entries(codes) as [Code, CodeEntry][];
  if (code === undefined) {
    if (json) out(`${JSON.stringify(codes, null, 2)}\n`);
    else for (const [name, { title }] of entries) out(`${paint('bold', name, colour)} ${title}\n`);
    return 0;
  }
  const wanted = code.toUpperCase().replace(/^(?!NB)/, 'NB');
  const entry = entries.find(([name]) => name === wanted)?.[1];
  if (entry === undefined) {
    const meant = nearest(wanted, Object.keys(codes));
    err(`error: there is no code '${code}'${meant === null ? '' : ` (did you mean ${meant}?)`}\n`);
    err('  hint: nb2mod explain lists all codes\n');
    return 2;
  }
  if (json) out(`${JSON.stringify({ code: wanted, ...entry }, null, 2)}\n`);
  else out(formatEntry(wanted, entry, colour));
  return 0;
}

function formatEntry(code: string, { title, why, example, remedy }: CodeEntry, colour: boolean): string {
  const lines = example.split('\n').map((line) => paint('cyan', `    ${line}`, colour));
  const heading = (text: string): string => paint('bold', text, colour);
  return `${heading(`${code}: ${title}`)}

${wrap(why)}

${heading('For example')}

${lines.join('\n')}

${heading('The way out')}

${wrap(remedy)}
`;
}

const width = 80;

/** In lines of at most 80 columns, code in backquotes left whole. */
function wrap(text: string): string {
  const lines: string[] = [];
  for (const word of text.match(/(?:`[^`]*`|\S)+/g) ?? []) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines.join('\n');
}
