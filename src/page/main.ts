/** Turns the data that the page holds into what is seen. Runs in the browser, once, when the page is opened. */
import type { PageData } from '../report/page.ts';
import { element } from './element.ts';
import { makeFamiliesSection } from './families.ts';
import { makeGraphSection } from './graph.ts';
import { makeNotebooksSection, makeProblemsSection } from './notebooks.ts';
import { makeStaysSection } from './stays.ts';
import { makeSummary } from './summary.ts';
import { wireTheme } from './theme.ts';
import { count } from './wording.ts';

const data = JSON.parse(document.getElementById('data')!.textContent!) as PageData;

const { notebooks, package: packageName } = data;
document.getElementById('subtitle')!.textContent =
  count(notebooks.length, 'notebook') + (packageName === null ? '' : `, package ${packageName}`);

const stays = makeStaysSection(data);
const sections = [
  ['At a glance', makeSummary(data, stays.show)],
  ['Notebooks', makeNotebooksSection(data, stays.show)],
  ['What stays', stays.element],
  ['Families', makeFamiliesSection(data)],
  ['Modules', makeGraphSection(data)],
  ['Problems', makeProblemsSection(data)],
] as const;
document.getElementById('main')!.append(...sections.map(([, section]) => section));
document
  .getElementById('sections')!
  .append(...sections.map(([title, { id }]) => element('a', { href: `#${id}` }, title)));
wireTheme(document.getElementById('theme') as HTMLButtonElement);
