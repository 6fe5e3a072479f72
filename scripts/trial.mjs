/** Says of a trial what worked and what did not, and ends it with 1 if anything did not. */

/** Prints one finding; `text` is shown where it is not as it should be, and the exit code becomes 1. */
export function expectThat(isTrue, what, text) {
  console.log(`${isTrue ? 'ok' : 'NOT OK'}  ${what}`);
  if (isTrue) return;
  process.exitCode = 1;
  console.log(text.replace(/^/gm, '        '));
}
