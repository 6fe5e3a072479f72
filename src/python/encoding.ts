/** Turns the bytes of a Python file into its text, where that is UTF-8, and the other way round. */

/**
 * The text that CPython reads, or undefined where it is in another encoding: it could neither be compared with what
 * notebooks hold, nor be written back unharmed. ASCII is UTF-8, whatever its coding line says. A byte order mark is none of
 * the text.
 */
export function decodePython(bytes: Uint8Array): string | undefined {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
  return text.length !== bytes.length && codingOf(text) !== undefined ? undefined : text;
}

/** The bytes of a module's new text, with a byte order mark where it had one before. */
export function encodePython(text: string, before: Uint8Array | undefined): Uint8Array {
  const isMarked = before?.[0] === 0xef && before[1] === 0xbb && before[2] === 0xbf;
  return Buffer.from(isMarked ? `\ufeff${text}` : text);
}

/** The encoding that the coding line of a module names (PEP 263), if it isn't UTF-8. */
export function codingOf(text: string): string | undefined {
  const line = /^(?:[ \t\f]*(?:#.*)?\r?\n)?[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)/.exec(text);
  const name = line?.[1];
  return name === undefined || /^(utf[-_]?8([-_].*)?|u8|utf)$/i.test(name) ? undefined : name;
}
