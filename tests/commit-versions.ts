/** The files of version `n` of a project, by path; null where that version has no such file. */
export function versionFiles(version: number): Record<string, string | null> {
  const isOdd = version % 2 === 1;
  return {
    'src/churn/data.py': `# ${version}\n`,
    'src/churn/large.py': `# ${version}\n`.repeat(20_000),
    'src/churn/odd/features.py': isOdd ? `# ${version}\n` : null,
    'churn.ipynb': `{"version": ${version}}\n`,
    'even.ipynb': isOdd ? null : `{"version": ${version}}\n`,
  };
}
