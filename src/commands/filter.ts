/** Turns what git hands to a filter into what it shall store: one file by standard input, or many by the long protocol. */
import { readLimited } from '../files/read.ts';
import { readAll, readSome, writeAll } from '../files/stream.ts';
import { stripBytes, type StripSettings } from '../notebook/strip-bytes.ts';
import { formatDiagnostic, type Diagnostic } from '../text/diagnostic.ts';
import { printable } from '../text/printable.ts';
import { findConfiguration, openSettings, parseArguments } from './strip-options.ts';
import { describeFault } from './unexpected.ts';

/**
 * `nb2mod filter clean|smudge|process|textconv`. `clean` strips standard input, `smudge` passes it on, `process` does
 * both for as many files as git sends; `textconv` prints a file for `git diff`.
 * @param args the kind, then options of stripping and the path that git names
 * @returns the exit code: 0, or 2 if the file cannot be stripped
 */
export async function filter(args: readonly string[]): Promise<number> {
  const [kind, ...rest] = args;
  const parsed = parseArguments(rest);
  if ('usage' in parsed) return refuse(parsed.usage);
  if (kind === 'smudge') {
    writeAll(1, readAll(0));
    return 0;
  }
  if (!['clean', 'process', 'textconv'].includes(kind ?? '')) {
    return refuse(`filter wants clean, smudge, process or textconv, not ${kind}`);
  }
  // Git runs filters at the top of the worktree.
  const { settings, diagnostics, isSound } = await openSettings(findConfiguration('.'), parsed.written);
  for (const diagnostic of diagnostics) warn(diagnostic);
  if (!isSound) return 2;
  if (kind === 'process') return serve(settings);
  if (kind === 'textconv') return convert(parsed.files[0] ?? '', settings);
  const stripping = clean(parsed.files[0] ?? 'stdin', readAll(0), settings);
  if (stripping === undefined) return 2;
  writeAll(1, stripping);
  return 0;
}

/** What `git diff` compares: the stripped notebook, or the file as it is where it is none, for a diff must not fail. */
function convert(path: string, settings: StripSettings): number {
  const reading = readLimited(path);
  if ('diagnostic' in reading) {
    warn(reading.diagnostic);
    return 2;
  }
  writeAll(1, clean(path, reading.bytes, settings) ?? reading.bytes);
  return 0;
}

function refuse(message: string): number {
  writeAll(2, `error: ${message}\n  hint: nb2mod filter --help lists the options\n`);
  return 2;
}

function warn(diagnostic: Diagnostic): void {
  writeAll(2, `${formatDiagnostic(diagnostic)}\n`);
}

/** The stripped bytes, or undefined where the file is no notebook: the reason is then on standard error. */
function clean(path: string, bytes: Uint8Array, settings: StripSettings): Uint8Array | undefined {
  const stripping = stripBytes(path, bytes, settings);
  if ('bytes' in stripping) return stripping.bytes;
  warn(stripping.diagnostic);
  return undefined;
}

// ---- Git's long-running filter process protocol (gitattributes(5), technical/long-running-process-protocol) ----

/** A packet holds at most 65520 bytes, four of them its length. */
const largestPayload = 65516;

/** One packet's content, `flush` for the packet 0000, or `end` where the input ends. */
type Packet = Buffer | 'flush' | 'end';

/** Answers git until its end of input. */
function serve(settings: StripSettings): number {
  const packets = readPackets(0);
  const welcome = readLines(packets);
  if (welcome === undefined || welcome[0] !== 'git-filter-client' || !welcome.includes('version=2')) {
    return refuse('filter process is for git to call');
  }
  writeLines(['git-filter-server', 'version=2']);
  const offered = readLines(packets);
  if (offered === undefined) return 0;
  writeLines(['capability=clean', 'capability=smudge'].filter((capability) => offered.includes(capability)));
  for (;;) {
    const request = readLines(packets);
    if (request === undefined) return 0;
    const content = readContent(packets);
    if (content === undefined) return 0;
    const valueOf = (key: string): string | undefined =>
      request.find((line) => line.startsWith(`${key}=`))?.slice(key.length + 1);
    const command = valueOf('command');
    // Paths are bytes to git. What is no UTF-8 is only ever shown.
    const path = Buffer.from(valueOf('pathname') ?? 'stdin', 'latin1').toString('utf8');
    const answer = answerTo(command, path, content, settings);
    if (answer === undefined) {
      writeLines(['status=error']);
      continue;
    }
    writeLines(['status=success']);
    // An empty second list says that the status stands.
    const isDelivered = writeContent(answer) && writeLines([]);
    if (!isDelivered) return 0;
  }
}

function answerTo(
  command: string | undefined,
  path: string,
  content: Uint8Array,
  settings: StripSettings,
): Uint8Array | undefined {
  if (command === 'smudge') return content;
  if (command !== 'clean') return undefined;
  try {
    return clean(path, content, settings);
  } catch (error) {
    // A fault of ours must not take the other files with it.
    writeAll(2, `${printable(path)}: ${describeFault(error)}\n`);
    return undefined;
  }
}

interface Packets {
  next(): Packet;
}

function readPackets(descriptor: number): Packets {
  const room = Buffer.allocUnsafe(1 << 17);
  let from = 0;
  let to = 0;
  /** Whether that many bytes are there from `from` on. */
  const fill = (length: number): boolean => {
    if (from + length > room.length) {
      room.copy(room, 0, from, to);
      to -= from;
      from = 0;
    }
    while (to - from < length) {
      const count = readSome(descriptor, room, to, room.length - to);
      if (count === 0) return false;
      to += count;
    }
    return true;
  };
  return {
    next() {
      if (!fill(4)) return 'end';
      const length = Number.parseInt(room.toString('latin1', from, from + 4), 16);
      if (length === 0) {
        from += 4;
        return 'flush';
      }
      if (!(length >= 4 && length <= 65520) || !fill(length)) return 'end';
      const payload = Buffer.from(room.subarray(from + 4, from + length));
      from += length;
      return payload;
    },
  };
}

/** The lines up to the next flush packet, bytes as Latin-1; undefined where the input ends. */
function readLines(packets: Packets): string[] | undefined {
  const lines: string[] = [];
  for (;;) {
    const packet = packets.next();
    if (packet === 'end') return undefined;
    if (packet === 'flush') return lines;
    lines.push(packet.toString('latin1').replace(/\n$/, ''));
  }
}

function readContent(packets: Packets): Uint8Array | undefined {
  const parts: Buffer[] = [];
  for (;;) {
    const packet = packets.next();
    if (packet === 'end') return undefined;
    if (packet === 'flush') return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
    parts.push(packet);
  }
}

function writeLines(lines: readonly string[]): boolean {
  const packets = lines.map((line) => `${(line.length + 5).toString(16).padStart(4, '0')}${line}\n`);
  return writeAll(1, Buffer.from(`${packets.join('')}0000`, 'latin1'));
}

function writeContent(content: Uint8Array): boolean {
  const parts: Uint8Array[] = [];
  for (let from = 0; from < content.length; from += largestPayload) {
    const payload = content.subarray(from, from + largestPayload);
    parts.push(Buffer.from((payload.length + 4).toString(16).padStart(4, '0'), 'latin1'), payload);
  }
  parts.push(Buffer.from('0000', 'latin1'));
  return writeAll(1, Buffer.concat(parts));
}
