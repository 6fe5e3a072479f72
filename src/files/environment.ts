/** Turns module names into the distributions that a Python has installed for them, by asking that Python. */
import { spawnSync } from 'node:child_process';

/** Plain data, as `project/dependencies.ts` wants it. */
export interface InstalledModules {
  readonly version: string;
  readonly distributions: ReadonlyMap<
    string,
    readonly { readonly name: string; readonly version: string; readonly isDirect: boolean }[]
  >;
}

/**
 * Reads the modules' names from its input. For each distribution it looks how much of a module's path is among its
 * files; those with the longest part bring it, so that of all that fill `google` the right one is found.
 * `importlib.metadata.packages_distributions` knows the top of a path alone, and only since Python 3.10.
 */
const script = `
import json, sys
sys.path[:] = [path for path in sys.path if path]
from importlib import metadata
wanted = json.load(sys.stdin)
tops = {module.split(".")[0] for module in wanted}
best = {module: (0, []) for module in wanted}
seen = set()
for distribution in metadata.distributions():
    try:
        name, version = distribution.metadata["Name"], distribution.version
        if not name or not version or name.lower() in seen:
            continue
        seen.add(name.lower())
        paths = set()
        for top in (distribution.read_text("top_level.txt") or "").split():
            if top in tops:
                paths.add(top)
        for line in (distribution.read_text("RECORD") or "").splitlines():
            parts = line.split(",")[0].replace("\\\\", "/").split("/")
            if parts[0].split(".")[0] not in tops:
                continue
            parts[-1] = parts[-1].split(".")[0]
            for length in range(1, len(parts) + 1):
                paths.add(".".join(parts[:length]))
        if not paths:
            continue
        direct = distribution.read_text("direct_url.json") is not None
        for module in wanted:
            parts = module.split(".")
            length = len(parts)
            while length > 0 and ".".join(parts[:length]) not in paths:
                length -= 1
            if length == 0 or length < best[module][0]:
                continue
            inside = any(path.startswith(parts[0] + ".") for path in paths)
            if length == 1 and inside and parts[0] + ".__init__" not in paths:
                continue  # a namespace that others fill too
            if length > best[module][0]:
                best[module] = (length, [])
            best[module][1].append([name, version, direct])
    except Exception:
        continue
found = {module: entries for module, (_, entries) in best.items() if entries}
print(json.dumps({"version": "%d.%d" % sys.version_info[:2], "found": found}))
`;

/** What the script prints. */
interface Answer {
  readonly version: string;
  readonly found: Readonly<Record<string, readonly (readonly [string, string, boolean])[]>>;
}

/** The script's line, the last of all; whatever Python runs as it starts may print as well. */
function findAnswer(output: string): Answer | undefined {
  try {
    const answer: unknown = JSON.parse(output.trimEnd().split('\n').at(-1)!);
    return typeof answer === 'object' && answer !== null && 'found' in answer
      ? (answer as Answer)
      : undefined;
  } catch {
    return undefined;
  }
}

/** How long a Python may take to answer. */
const patience = 60_000;

/** @returns what the first of the interpreters that answers has installed, or undefined if none does */
export function askEnvironment(
  candidates: readonly string[],
  modules: readonly string[],
): (InstalledModules & { readonly python: string }) | undefined {
  for (const python of candidates) {
    const { status, stdout } = spawnSync(python, ['-B', '-c', script], {
      input: JSON.stringify(modules),
      encoding: 'utf8',
      timeout: patience,
      maxBuffer: 2 ** 26,
      windowsHide: true,
      env: { ...process.env, PYTHONIOENCODING: 'utf-8' },
    });
    const answer = status === 0 ? findAnswer(stdout) : undefined;
    if (answer === undefined) continue;
    const { version, found } = answer;
    const distributions = new Map(
      Object.entries(found).map(([module, entries]) => [
        module,
        entries.map(([name, release, isDirect]) => ({ name, version: release, isDirect })),
      ]),
    );
    return { python, version, distributions };
  }
  return undefined;
}
