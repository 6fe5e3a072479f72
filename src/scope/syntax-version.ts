/** Tells which Python some syntax needs, where that is newer than what all run that is still in use. */
import { childOf, textOf, type SyntaxNode } from '../python/syntax.ts';

/** The versions of Python 3 that brought such syntax, the newest first. */
const versions = [14, 12, 11, 10];

/** The newest Python 3 that syntax of these parts came with; undefined for what every one parses. */
export function versionOf(parts: readonly SyntaxNode[], text: string): number | undefined {
  let newest = 0;
  for (const part of parts) newest = Math.max(newest, versionOfPart(part, text));
  return newest === 0 ? undefined : newest;
}

/** The newest Python 3 that the syntax of some statements came with. */
export function newestOf(
  statements: readonly { readonly version: number | undefined }[],
): number | undefined {
  let newest: number | undefined;
  for (const { version } of statements) if (version !== undefined) newest = Math.max(newest ?? 0, version);
  return newest;
}

/**
 * What needs such a Python, as what needs a package: a notebook with syntax of 3.12 has all that came before; of one
 * without it is not known. The newest first.
 */
export function pythonsFor(version: number | undefined): string[] {
  return version === undefined
    ? []
    : versions.filter((each) => each <= version).map((each) => `python3${each}`);
}

/** Whether what is required is such a Python. */
export function isPython(required: string): boolean {
  return /^python3\d+$/.test(required);
}

/** How messages name what is required: of such a Python `Python 3.12`. */
export function tellRequired(required: string): string {
  return required.replace(/^python3(\d+)$/, 'Python 3.$1');
}

function versionOfPart(part: SyntaxNode, text: string): number {
  switch (part.type) {
    case 'match_statement':
      return 10;
    case 'except_clause':
    case 'except_group_clause':
      return /^except\s*\*/.test(textOf(part, text)) ? 11 : 0;
    case 'type_alias_statement':
      return 12;
    case 'function_definition':
    case 'class_definition':
      // `List[int]` in an annotation has such a node, too.
      return childOf(part, 'type_parameter') === undefined ? 0 : 12;
    case 'string':
      return versionOfString(part, text);
    default:
      return 0;
  }
}

/** Template strings; and f-strings with quotes of their own, backslashes or comments in what they compute (PEP 701). */
function versionOfString(string: SyntaxNode, text: string): number {
  const start = childOf(string, 'string_start');
  if (start === undefined) return 0;
  const opening = textOf(start, text);
  if (/t/i.test(opening)) return 14;
  const quote = opening.replace(/^[a-z]*/i, '');
  const isNew = string.children.some((child) => {
    if (child.type !== 'interpolation') return false;
    // What the value is to look like is no code: `f"{n:#x}"`.
    const end = childOf(child, 'format_specifier')?.start ?? child.end;
    const code = text.slice(child.start, end);
    return code.includes(quote) || /[\\#]/.test(code) || (quote.length === 1 && code.includes('\n'));
  });
  return isNew ? 12 : 0;
}
