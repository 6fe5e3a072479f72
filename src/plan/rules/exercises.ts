/** The rule on functions that are there for the reader to fill in: an exercise stays where its text is. */
import { commentsIn } from '../../python/lines.ts';
import { shorten, type Rule } from '../refusal.ts';

/** A body, as it is normalised, that does nothing yet. */
const emptyBody =
  /\{ (?:[rRuU]?("""|'''|"|')(?:(?!\1)[^])*\1(?: ; |(?= \}$)))?(?:pass|\.\.\.|return(?: None)?|raise NotImplementedError(?: \([^{}]*\))?|(?<=\1)) \}$/;

/** What a comment asks of the reader. */
const request =
  /\b(?:TODO|FIXME)\b|\bfill (?:this |it |me )?in\b|\byour (?:own )?(?:code|solution|answer|implementation)\b|\b(?:write|add|put|insert)(?: your)? code\b|\bcode (?:goes )?here\b|\bimplement (?:this|me|it|here)\b|\breplace th(?:is|e) (?:line|code)\b/i;

/** A function that does nothing but ask, by a comment, to be filled in. What a directive moves is none. */
export const isExercise: Rule = ({ kind, normalised, directive, cell, code, span }, { source }) => {
  if (kind !== 'function' || directive !== undefined || !emptyBody.test(normalised)) return undefined;
  const text = source.cells[cell - 1]!.source.slice(code.start, span.end);
  const comment = commentsIn(text)
    .map(({ start, end }) => text.slice(start, end).trimEnd())
    .find((each) => request.test(each));
  return comment === undefined
    ? undefined
    : {
        code: 'NB410',
        offset: code.start,
        message: `it is there to be filled in: '${shorten(comment)}'`,
        hint: 'Fill it in, or remove that comment.',
      };
};
