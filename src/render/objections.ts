/** Turns Ruff's findings in a module, and those in it as it was before, into what speaks against the definitions put there. */
import type { Member } from '../plan/planned.ts';
import type { Refusal } from '../plan/refusal.ts';
import type { Finding } from './judge.ts';
import type { RenderedModule } from './module.ts';

/** What Ruff has against a definition. */
export interface Objection {
  readonly member: Member;
  readonly identity: string;
  readonly refusal: Refusal;
}

/** What Ruff finds that it did not find before. */
function newFindings(findings: readonly Finding[], before: readonly Finding[]): readonly Finding[] {
  const known = before.map(signatureOf);
  return findings.filter((finding) => {
    const index = known.indexOf(signatureOf(finding));
    if (index !== -1) known.splice(index, 1);
    return index === -1;
  });
}

/**
 * The imports, by their offsets, that Ruff newly takes to be unused, though a member has their names in a string that
 * a library evaluates: the formula `'y ~ np.log(x)'`.
 */
export function findUnseen(
  { text, members }: RenderedModule,
  findings: readonly Finding[],
  before: readonly Finding[],
): readonly number[] {
  return newFindings(findings, before).flatMap(({ rule, offset }) => {
    if (rule !== 'F401') return [];
    const name = nameAt(text, offset);
    const isNamed = members.some(
      ({ member }) =>
        [...member.imports, ...member.takes, ...member.given].some((item) => item.name === name) &&
        new RegExp(`(?<![\\p{L}\\p{N}_])${name}(?![\\p{L}\\p{N}_])`, 'u').test(member.code),
    );
    return isNamed ? [offset] : [];
  });
}

/** The name that a finding is about: `np` of `import numpy as np`, `os` of `import os.path`. */
function nameAt(text: string, offset: number): string {
  return /^[\p{L}\p{N}_]*/u.exec(text.slice(offset))![0];
}

/** What Ruff finds in a module that it did not find before, and the definition at fault. */
export function findFaults(
  module: RenderedModule,
  findings: readonly Finding[],
  before: readonly Finding[],
): Objection[] {
  const objections: Objection[] = [];
  for (const finding of newFindings(findings, before)) {
    const place = module.members.find(({ start, end }) => start <= finding.offset && finding.offset <= end);
    // A finding among the imports is the fault of those who need the name.
    const name = nameAt(module.text, finding.offset);
    const members =
      place === undefined
        ? module.members.filter(({ member }) => member.imports.some((item) => item.name === name))
        : [place];
    const atFault = members.length > 0 ? members : module.members;
    for (const { member } of atFault) {
      objections.push({
        member,
        identity: member.identity,
        refusal: {
          code: 'NB418',
          offset: member.offset,
          message: `in a module Ruff finds ${finding.rule}: ${finding.message}`,
          hint: 'Mend what Ruff finds, or leave the definition in the notebook.',
        },
      });
    }
  }
  return objections;
}

function signatureOf({ rule, message }: Finding): string {
  return `${rule} ${message}`;
}
