/** Python's keywords: Python Language Reference, 2.3.1. The soft ones (`match`, `case`, `type`, `_`) may be names. */
export const keywords: ReadonlySet<string> = new Set(
  (
    'False None True and as assert async await break class continue def del elif else except finally for from ' +
    'global if import in is lambda nonlocal not or pass raise return try while with yield'
  ).split(' '),
);

/** File and folder names of a package that mean something to Python: no module to add definitions to. */
export const packageFiles: ReadonlySet<string> = new Set(['__init__', '__main__', '__pycache__']);
