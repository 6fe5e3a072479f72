/** Turns the bytes of a Python file into its text, where that is UTF-8. */

/**
 * The text that CPython reads, or undefined where it is in another encoding: it could neither be compared with what
 * notebooks hold, nor be written back unharmed. ASCII is UTF-8, whatever its coding line says.
 */
export function decodePython(bytes: Uint8Array): string | undefined {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
  return text.length !== bytes.length && codingOf(text) !== undefined ? undefined : text;
}

/** The encoding that the coding line of a module names (PEP 263), if it isn't UTF-8. */
export function codingOf(text: string): string | undefined {
  const line = /^(?:[ \t\f]*(?:#.*)?\r?\n)?[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)/.exec(text);
  const name = line?.[1];
  return name === undefined || /^(utf[-_]?8([-_].*)?|u8|utf)$/i.test(name) ? undefined : name;
}
