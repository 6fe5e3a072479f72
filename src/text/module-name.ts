/** Tells which names modules can have. */
import { keywords, packageFiles } from './keywords.ts';

/** The module for what several notebooks share. */
export const sharedModule = 'common';

/** Whether Python can import a module of this name: one ASCII identifier in any case, no keyword, not `__init__`. */
export function isModuleName(name: string): boolean {
  return /^[A-Za-z_]\w*$/.test(name) && !keywords.has(name) && !packageFiles.has(name);
}

/** Whether it names a module, or one in a package: `data.loading`. */
export function isDottedName(name: string): boolean {
  return name.split('.').every(isModuleName);
}
