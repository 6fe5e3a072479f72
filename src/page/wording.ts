/** Turns counts, shares, and names that may hold anything into what people read. */

const formatted = new Intl.NumberFormat('en');

/** `1,024` */
export function showNumber(number: number): string {
  return formatted.format(number);
}

/** `1 notebook`, `2 notebooks`; the plural is given where it isn't the singular with an s. */
export function count(number: number, singular: string, plural: string = `${singular}s`): string {
  return `${showNumber(number)} ${number === 1 ? singular : plural}`;
}

/** `62 %`; neither 0 nor 100 unless it is that exactly. */
export function share(part: number, whole: number): string {
  if (whole === 0) return '–';
  const percent = (100 * part) / whole;
  const rounded = percent === 0 || percent === 100 ? percent : Math.min(99, Math.max(1, Math.round(percent)));
  return `${rounded} %`;
}

/** A path or name on one line, with what would not be seen, or would turn the text round, made visible. */
export function showName(name: string): string {
  return name
    .replace(/[\u0000-\u0020]/g, (letter) =>
      letter === ' ' ? ' ' : String.fromCharCode(0x2400 + letter.charCodeAt(0)),
    )
    .replace(/[\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g, '\ufffd')
    .replace(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, '\ufffd');
}

/** At most `limit` characters, the rest given up for `…`. */
export function clip(text: string, limit: number, keeps: 'start' | 'end' | 'both'): string {
  if (text.length <= limit) return text;
  const kept = Math.max(1, limit - 1);
  const half = Math.ceil(kept / 2);
  if (keeps === 'both' && kept > half) return `${text.slice(0, half)}…${text.slice(half - kept)}`;
  return keeps === 'start' ? `${text.slice(0, kept)}…` : `…${text.slice(-kept)}`;
}

/** Names, each clipped so that it shows what tells it from the others: its end, where that does. */
export function clipApart(names: readonly string[], limit: number): string[] {
  const ways = (['end', 'both', 'start'] as const).map((keeps) => {
    const clipped = names.map((name) => clip(name, limit, keeps));
    const times = new Map<string, Set<string>>();
    clipped.forEach((text, i) => times.set(text, (times.get(text) ?? new Set()).add(names[i]!)));
    return { clipped, times };
  });
  return names.map((_, i) => {
    const way = ways.find(({ clipped, times }) => times.get(clipped[i]!)!.size === 1) ?? ways[0]!;
    return way.clipped[i]!;
  });
}
