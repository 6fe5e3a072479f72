/** The rule on what is there for the reader to fill in: an exercise stays where its text is. */
import { commentsIn } from '../../python/lines.ts';
import { shorten, type Rule } from '../refusal.ts';

/** What a body, as it is normalised, may open with, and the end of one that holds nothing else. */
const docstring = String.raw`[rRuU]?("""|'''|"|')(?:(?!\1)[^])*\1(?: ; |(?= \}$))`;
const bodyOf = (statements: string): RegExp =>
  new RegExp(String.raw`: \{ (?:${docstring})?(?:${statements}) \}$`, 'u');

/** A body that does nothing yet, be it for its docstring. */
const emptyBody = bodyOf(
  String.raw`pass|\.\.\.|return(?: None)?|raise NotImplementedError(?: \([^{}]*\))?|(?<=\1)`,
);

/** A body that gives a value in place of another: `return 0`, `loss = 0; return loss`, `y = x; return y`. */
const value = String.raw`(?:-? ?\d[\w.]*|None|True|False|''|\[\]|\{\}|\(\))`;
const blank = String.raw`(?:\w+|(?:\w+ \. )?(?:zeros|ones|empty)(?:_like)? \( [\w., ()]* \)(?: ;)?)`;
const heldBody = bodyOf(String.raw`(?:return|yield) ${value}|(\w+) = (?:${value}|${blank}) ; return \2`);

const classBody = new RegExp(String.raw`^(?:@ [^{}]*)?class [^{}]*: \{ (?:${docstring})?([^]*) \}$`, 'u');

/** The methods of a class, as they are normalised; none where it has anything else. */
function methodsOf(normalised: string): readonly string[] {
  const parts = (classBody.exec(normalised)?.at(-1) ?? '').split(/(?<=\}) ; /u);
  return parts.every((part) => /^(?:@ [^{}]* )?(?:async )?def /u.test(part)) ? parts : [];
}

/** What a comment asks of the reader; what only says that something is to be done may be the author's own note. */
const request =
  /\bfill (?:this |it |me )?in\b|\byour (?:own )?(?:code|solution|answer|implementation)\b|\b(?:write|add|put|insert)(?: your)? code\b|\bcode (?:goes )?here\b|\bimplement (?:this|me|it|here)\b|\breplace th(?:is|e) (?:line|code)\b/i;
const note = /\b(?:TODO|FIXME)\b/i;

/** Whether a comment is the request, and does not only have one in it: `# subclasses are to implement this`. */
function isRequest(comment: string): boolean {
  return request.exec(comment.replace(/^[#\s]*(?:(?:TODO|FIXME)\W+)?/i, ''))?.index === 0;
}

/**
 * A function that does nothing but ask, by a comment, to be filled in, or a class of such methods. What a directive moves
 * is none.
 */
export const isExercise: Rule = ({ kind, normalised, directive, cell, code, span }, { source }) => {
  const functions = kind === 'function' ? [normalised] : kind === 'class' ? methodsOf(normalised) : [];
  if (functions.length === 0 || directive !== undefined) return undefined;
  if (!functions.every((each) => emptyBody.test(each) || heldBody.test(each))) return undefined;
  const isEmpty = functions.every((each) => emptyBody.test(each));
  const text = source.cells[cell - 1]!.source.slice(code.start, span.end);
  const comment = commentsIn(text)
    .map(({ start, end }) => text.slice(start, end).trimEnd())
    .find((each) =>
      kind === 'class' ? isRequest(each) : request.test(each) || (isEmpty && note.test(each)),
    );
  return comment === undefined
    ? undefined
    : {
        code: 'NB410',
        offset: code.start,
        message: { it: `is there to be filled in: '${shorten(comment)}'` },
        hint: 'Fill it in, or remove that comment.',
      };
};
