/** What git and editors call for every file, as one file of its own in `dist/`: to start it takes one read. */
export { filter } from './filter.ts';
export { strip } from './strip.ts';
