/**
 * The catalogue of codes: every diagnostic that nb2mod can print, with what it means, an example, and the way out.
 * NB1xx notebook file, NB2xx Python, NB3xx names, NB4xx reasons to keep, NB5xx files, git and environment.
 */
export interface CodeEntry {
  /** One line: what the code says. */
  readonly title: string;
  /** Why it matters, in a sentence or two. */
  readonly why: string;
  /** The smallest input that brings it about. */
  readonly example: string;
  /** What the user can do. */
  readonly remedy: string;
}

export const codes = {
  NB101: {
    title: 'the file is not valid JSON',
    why: 'A notebook is a JSON document. nb2mod changes only notebooks that it can read wholly.',
    example: '{"cells": [,]}',
    remedy: 'Open the file at the line named and mend it, or restore it from version control.',
  },
} as const satisfies Record<string, CodeEntry>;

export type Code = keyof typeof codes;
