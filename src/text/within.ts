/** Tells where in a folder a path lies. */
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
