/**
 * Runs every section in `scripts/bench/` and prints one table: what was measured, beside what, and their ratio in this
 * very run. Times are the shortest of several rounds taken in turns; only the ratios carry over to other machines.
 * `npm run bench -- strip` runs the sections named.
 */
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('./bench', import.meta.url));
const wanted = process.argv.slice(2);
const rows = [];
for (const file of readdirSync(folder).sort()) {
  const name = file.replace(/\.mjs$/, '');
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  console.error(`bench: ${name}`);
  const { measure } = await import(`./bench/${file}`);
  rows.push(...(await measure()));
}
const heads = ['what', 'measured', 'beside', 'ratio', 'target'];
const widths = heads.map((head, i) => Math.max(head.length, ...rows.map((row) => String(row[i]).length)));
for (const row of [heads, ...rows]) {
  console.log(
    row
      .map((cell, i) => String(cell).padEnd(widths[i]))
      .join('  ')
      .trimEnd(),
  );
}
