/** Turns the settings of `ast_node_interactivity` in a notebook into what each cell shows of the values in it. */
import type { Magic } from '../python/magic.ts';
import { textOf, type SyntaxNode } from '../python/syntax.ts';

/** Of which statements of a cell IPython shows the values. */
export type Interactivity =
  /** Of the last one, if it is an expression: so it is where nothing else is asked for. */
  | 'last_expr'
  /** Of every expression, wherever it stands. */
  | 'all'
  | 'none'
  /** Also of an assignment that comes last (`last_expr_or_assign`), of what a last loop yields (`last`), or who knows. */
  | 'other';

/** The name of IPython's setting. */
export const interactivitySetting = 'ast_node_interactivity';

/** A statement that mentions the setting. */
export interface Mention {
  readonly cell: number;
  readonly node: SyntaxNode;
  readonly magics: readonly Magic[];
  /** Of its cell, with magics masked. */
  readonly text: string;
  /** Whether the cell may be passed over. */
  readonly isSkipped: boolean;
}

/**
 * @param mentions in the order of the notebook
 * @returns what the cell with an index shows; IPython asks for the setting before it runs a cell
 */
export function interactivityOf(mentions: readonly Mention[]): (cell: number) => Interactivity {
  const settings = mentions.map((mention) => ({ cell: mention.cell, ...settingOf(mention) }));
  return (cell) => {
    const before = settings.filter((setting) => setting.cell < cell);
    const last = before.at(-1);
    if (last === undefined) return 'last_expr';
    // What is set on the class and what is set on the shell don't replace each other.
    const isSettled = before.every(({ owner, value }) => value === last.value || owner === last.owner);
    if (!isSettled || before.some(({ value }) => value === undefined)) return 'other';
    return last.value === 'last_expr' || last.value === 'all' || last.value === 'none' ? last.value : 'other';
  };
}

/** `InteractiveShell.ast_node_interactivity = 'all'`, `%config InteractiveShell.ast_node_interactivity = 'all'`. */
function settingOf({ node, magics, text, isSkipped }: Mention): { owner?: string; value?: string } {
  if (isSkipped) return {};
  const [magic] = magics;
  const assignment = node.type === 'expression_statement' ? node.children[0] : undefined;
  const written =
    magic?.name === 'config' && magic.kind === 'line'
      ? `%config ${magic.argument.trim()}`
      : magic === undefined && assignment?.type === 'assignment'
        ? textOf(assignment, text)
        : '';
  const match = /^([^=]+)\.ast_node_interactivity\s*=\s*(["'])(\w+)\2$/.exec(written);
  return match === null ? {} : { owner: match[1]!, value: match[3]! };
}
