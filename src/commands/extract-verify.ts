/** Turns planned changes into verified ones: what changes the outputs of its notebook is put back, with that as reason. */
import { readFileSync } from 'node:fs';
import type { Refusal } from '../plan/refusal.ts';
import { findSmallestKeep } from '../verify/bisect.ts';
import type { FileChange } from '../text/change.ts';
import type { Diagnostic } from '../text/diagnostic.ts';
import { openVerification, type KernelOptions, type VerifyResult } from './verification.ts';

/** What a notebook must not lose, by statement, for each notebook by its path. */
export type Exclusions = ReadonlyMap<string, ReadonlyMap<number, Refusal>>;

/** A plan as far as one notebook is concerned. */
export interface Candidate {
  /** The statements that move. */
  readonly moved: readonly number[];
  /** Where each begins, for diagnostics: UTF-16, in its cell. */
  readonly offsetOf: (statement: number) => number;
  /** Those that change, of all notebooks, for one may run another. Rewriting them takes longer than the plan. */
  readonly files: () => Promise<readonly FileChange[]>;
}

export interface Verified {
  readonly exclusions: Exclusions;
  readonly diagnostics: readonly Diagnostic[];
  /** By path, why a notebook could not be run as it was: it is to be left so. */
  readonly unverified: ReadonlyMap<string, Diagnostic>;
}

/**
 * Runs each notebook as it was, twice, and as planned; where the outputs differ, finds the smallest set of definitions
 * to keep.
 * @param plan the plan with those exclusions, as far as the notebook at `path` is concerned
 * @returns `trouble` where there is no answer for any (no Python, interrupted): then nothing may be written
 */
export async function verifyPlan(
  notebooks: readonly { readonly path: string }[],
  plan: (path: string, exclusions: Exclusions) => Promise<Candidate>,
  project: { readonly root: string; readonly sourceRoot: string },
  kernel: KernelOptions,
): Promise<Verified | { readonly trouble: Diagnostic }> {
  const exclusions = new Map<string, ReadonlyMap<number, Refusal>>();
  const diagnostics: Diagnostic[] = [];
  const unverified = new Map<string, Diagnostic>();
  for (const { path } of notebooks) {
    const first = await plan(path, exclusions);
    if (first.moved.length === 0) continue;
    const verification = await openVerification({
      ...kernel,
      ...project,
      notebookPath: path,
      beforeBytes: readFileSync(path),
    });
    let trouble: Diagnostic | undefined;
    let culprit: VerifyResult | undefined;
    const withKept = (keep: ReadonlySet<number>): Exclusions => {
      const refusals = new Map(
        [...keep].map((statement): [number, Refusal] => [
          statement,
          refuse(first.offsetOf(statement), culprit),
        ]),
      );
      return refusals.size === 0 ? exclusions : new Map([...exclusions, [path, refusals]]);
    };
    try {
      const keep = await findSmallestKeep({
        moved: first.moved,
        closure: async (wanted) => {
          const moving = new Set((await plan(path, withKept(wanted))).moved);
          return new Set(first.moved.filter((statement) => !moving.has(statement)));
        },
        agrees: async (kept) => {
          if (trouble !== undefined || unverified.has(path)) return true;
          const candidate = await plan(path, withKept(kept));
          const result = await verification.compare(await candidate.files());
          if (result.isOwnTrouble === true) unverified.set(path, result.trouble!);
          else trouble = result.trouble;
          if (culprit === undefined) diagnostics.push(...(kept.size === 0 ? result.diagnostics : []));
          if (!result.agrees) culprit ??= result;
          return result.agrees;
        },
      });
      if (trouble !== undefined) return { trouble };
      const kept = unverified.has(path) || keep === undefined ? new Set(first.moved) : keep;
      if (kept.size > 0) for (const [known, refusals] of withKept(kept)) exclusions.set(known, refusals);
    } finally {
      await verification.close();
    }
  }
  return { exclusions, diagnostics, unverified };
}

function refuse(offset: number, result: VerifyResult | undefined): Refusal {
  const cell = result?.differences[0]?.cell;
  return {
    code: 'NB430',
    offset,
    message: `moving it changed the outputs of cell ${cell ?? '?'}`,
    hint: 'Compare by `nb2mod verify` what the cell shows before and after.',
  };
}
