/** Tells where in a folder a path lies, and which folder holds several. */
import path from 'node:path';

/**
 * The path from `folder` to what lies within it, with `/`; empty for the folder itself, undefined where it lies outside,
 * on Windows on another drive, say.
 * @param system the rules of an operating system; by default this one's
 */
export function pathWithin(
  folder: string,
  inner: string,
  system: path.PlatformPath = path,
): string | undefined {
  const { relative, isAbsolute, sep } = system;
  const within = relative(folder, inner);
  if (within === '..' || within.startsWith(`..${sep}`) || isAbsolute(within)) return undefined;
  return within.split(sep).join('/');
}

/** The deepest folder that holds all of these, or is one of them; undefined where there are none. */
export function commonFolder(folders: readonly string[]): string | undefined {
  let [common] = folders;
  if (common === undefined) return undefined;
  for (const folder of folders) {
    // Drives of Windows have nothing in common.
    while (pathWithin(common, folder) === undefined && common !== path.dirname(common))
      common = path.dirname(common);
  }
  return common;
}
