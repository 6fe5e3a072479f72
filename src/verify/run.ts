/** What a kernel showed for a notebook: nbformat 4 outputs as plain values. */

export interface Output {
  readonly kind: 'stdout' | 'stderr' | 'result' | 'display' | 'error';
  /** Text by MIME type; streams have `text/plain`, errors `text/plain` as `ename: evalue`. */
  readonly data: Readonly<Record<string, string>>;
}

/** A code cell and what it showed. */
export interface CellRun {
  /** Counted from 1 over all cells. */
  readonly cell: number;
  readonly id?: string;
  readonly source: string;
  readonly outputs: readonly Output[];
}

export type FailureReason =
  'error' | 'timeout' | 'dead-kernel' | 'no-kernel' | 'unreadable' | 'fault' | 'interrupted';

/** Why a run did not come to the notebook's end. */
export interface Failure {
  readonly reason: FailureReason;
  readonly message: string;
  /** The cell that was running. */
  readonly cell?: number;
}

export interface Run {
  /** Code cells only, in order; those after a failure have no outputs. */
  readonly cells: readonly CellRun[];
  readonly failure?: Failure;
  /** The kernel that ran, and the name the notebook asks for. */
  readonly kernel?: { readonly name: string; readonly wanted: string };
}

/** An answer of runner.py, where the protocol is described. */
export interface RunnerEvent {
  readonly event: string;
  readonly [field: string]: unknown;
}

const failureReasons: ReadonlySet<unknown> = new Set<FailureReason>([
  'error',
  'timeout',
  'dead-kernel',
  'no-kernel',
  'unreadable',
  'fault',
  'interrupted',
]);

/** All the answers to one request, put together. Without a `finished` among them the run was broken off. */
export function collectRun(events: readonly RunnerEvent[]): Run {
  const outputs = new Map<unknown, readonly unknown[]>();
  let cells: readonly { cell: number; id?: string | null; source: string }[] = [];
  let failure: Failure | undefined = { reason: 'interrupted', message: 'the run was broken off' };
  let kernel: Run['kernel'];
  for (const event of events) {
    if (event.event === 'notebook') cells = event.cells as typeof cells;
    else if (event.event === 'kernel') kernel = { name: String(event.kernel), wanted: String(event.wanted) };
    else if (event.event === 'outputs') outputs.set(event.cell, event.outputs as readonly unknown[]);
    else if (event.event === 'finished') {
      const told = event.failure as { reason: unknown; message: unknown; cell?: number | null } | null;
      failure =
        told === null
          ? undefined
          : {
              reason: failureReasons.has(told.reason) ? (told.reason as FailureReason) : 'fault',
              message: String(told.message),
              ...(typeof told.cell === 'number' ? { cell: told.cell } : {}),
            };
    }
  }
  return {
    cells: cells.map(({ cell, id, source }) => ({
      cell,
      source,
      outputs: readOutputs(outputs.get(cell) ?? []),
      ...(typeof id === 'string' ? { id } : {}),
    })),
    ...(failure === undefined ? {} : { failure }),
    ...(kernel === undefined ? {} : { kernel }),
  };
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (Array.isArray(value) && value.every((part) => typeof part === 'string')) return value.join('');
  return JSON.stringify(value) ?? '';
}

/**
 * Outputs as in nbformat 4 (https://nbformat.readthedocs.io/en/latest/format_description.html#code-cell-outputs),
 * with the pieces of each stream joined: kernels cut them where they like, and stdout and stderr race.
 * Streams come first, then the rest in order.
 */
export function readOutputs(outputs: readonly unknown[]): Output[] {
  const streams = new Map<'stdout' | 'stderr', string>();
  const rest: Output[] = [];
  for (const output of outputs) {
    if (typeof output !== 'object' || output === null) continue;
    const fields = output as Record<string, unknown>;
    if (fields.output_type === 'stream') {
      const name = fields.name === 'stderr' ? 'stderr' : 'stdout';
      streams.set(name, (streams.get(name) ?? '') + textOf(fields.text));
    } else if (fields.output_type === 'error') {
      rest.push({
        kind: 'error',
        data: { 'text/plain': `${textOf(fields.ename)}: ${textOf(fields.evalue)}` },
      });
    } else if (typeof fields.data === 'object' && fields.data !== null) {
      const data = Object.fromEntries(
        Object.entries(fields.data)
          .map(([mime, value]) => [mime, textOf(value)] as const)
          .sort(([a], [b]) => (a < b ? -1 : 1)),
      );
      rest.push({ kind: fields.output_type === 'execute_result' ? 'result' : 'display', data });
    }
  }
  const joined = (['stdout', 'stderr'] as const).flatMap((kind): Output[] => {
    const text = streams.get(kind);
    return text === undefined || text === '' ? [] : [{ kind, data: { 'text/plain': text } }];
  });
  return [...joined, ...rest];
}
