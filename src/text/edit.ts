/** Turns a text and a set of edits over it into the edited text. */
import type { Span } from './span.ts';

/** Replace `span` of the original text by `text`. An empty span inserts; an empty text deletes. */
export interface Edit {
  readonly span: Span;
  readonly text: string;
}

/**
 * The edits in the order in which they stand in the text. Edits may touch but not overlap; several
 * insertions at one offset keep the order in which they were given, and stand before a replacement that starts there.
 * @throws RangeError on overlapping edits: a fault of ours, never of the user's.
 */
export function sortEdits(edits: readonly Edit[]): Edit[] {
  const sorted = [...edits].sort((a, b) => a.span.start - b.span.start || a.span.end - b.span.end);
  for (let i = 1; i < sorted.length; i++) {
    const before = sorted[i - 1]!.span;
    const after = sorted[i]!.span;
    if (after.start < before.end) {
      throw new RangeError(
        `overlapping edits: ${before.start}-${before.end} and ${after.start}-${after.end}`,
      );
    }
  }
  return sorted;
}

/** `text` with every edit made. No edits give back the very same string. Offsets refer to `text` as given. */
export function applyEdits(text: string, edits: readonly Edit[]): string {
  if (edits.length === 0) return text;
  const parts: string[] = [];
  let from = 0;
  for (const { span, text: replacement } of sortEdits(edits)) {
    if (span.start < 0 || span.end > text.length || span.end < span.start) {
      throw new RangeError(`edit outside the text: ${span.start}-${span.end} of ${text.length}`);
    }
    parts.push(text.slice(from, span.start), replacement);
    from = span.end;
  }
  parts.push(text.slice(from));
  return parts.join('');
}
