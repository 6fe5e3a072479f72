/** Turns any text into a valid Python module or package name such as a person would choose. */
import { isModuleName } from '../text/module-name.ts';
import { standardLibrary } from '../text/standard-library.ts';
import { distributionOf } from './distributions.ts';

/** Names that Windows keeps for devices, whatever the extension. */
const devices = /^(con|prn|aux|nul|com\d|lpt\d)$/;

/** Latin letters that don't fall apart into a base letter and marks. */
const latin: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'ae',
  ø: 'o',
  ł: 'l',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  œ: 'oe',
  ı: 'i',
};

const cyrillic = Object.fromEntries(
  (
    'а a б b в v г g ґ g д d е e є ye ё yo ж zh з z и i і i ї yi й y к k л l м m н n о o п p р r с s т t у u ф f х kh ' +
    'ц ts ч ch ш sh щ shch ъ _ ы y ь _ э e ю yu я ya'
  )
    .split(/\s+/)
    .flatMap((letter, index, all) => (index % 2 === 0 ? [[letter, all[index + 1]!.replace('_', '')]] : [])),
);

const greek = Object.fromEntries(
  'α a β b γ g δ d ε e ζ z η i θ th ι i κ k λ l μ m ν n ξ x ο o π p ρ r σ s ς s τ t υ y φ f χ ch ψ ps ω o'
    .split(' ')
    .flatMap((letter, index, all) => (index % 2 === 0 ? [[letter, all[index + 1]!]] : [])),
);

const letters: Readonly<Record<string, string>> = { ...latin, ...cyrillic, ...greek };

/** Written with a capital within, but one word all the same; so are names of modules: `cuDF`, `DSPy`, `LangChain`. */
const oneWord =
  /PyTorch|NumPy|SciPy|TensorFlow|PySpark|XGBoost|LightGBM|CatBoost|GitHub|LaTeX|JavaScript|FastAPI|OpenCV|OpenAI|BigQuery|YouTube|PyMC|GraphQL|MySQL|PostgreSQL|MongoDB|IPython|iPython|DuckDB|AutoML|MLflow/g;

/** Whether it is known what brings the module. */
function isModule(name: string): boolean {
  return typeof distributionOf(name) === 'string';
}

/** Lower-case ASCII words joined by `_`: `Churn Analysis (final)` → `churn_analysis_final`. May start with a digit or be empty. */
export function toSnakeCase(text: string): string {
  return text
    .normalize('NFKC')
    .replace(/['’`]/g, '')
    .replace(oneWord, (word) => word[0] + word.slice(1).toLowerCase())
    .replace(/[\p{L}\d]+/gu, (word) => (isModule(word.toLowerCase()) ? word.toLowerCase() : word))
    .replace(/(\p{Ll}|\d)(\p{Lu}\p{Ll})/gu, '$1_$2')
    .replace(/(\p{Ll})(\p{Lu})/gu, '$1_$2')
    .replace(/(\p{Lu})(\p{Lu}\p{Ll})/gu, '$1_$2')
    .toLowerCase()
    .replace(/[а-яёєіїґα-ως]|[^\x00-\x7f]/gu, (letter) => letters[letter] ?? letter)
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .replace(/[α-ως]/gu, (letter) => letters[letter] ?? letter)
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '');
}

/** Whether a name is free to be used without explanation: importable, and hiding nothing that Python or pytest knows. */
export function isGoodName(name: string): boolean {
  return (
    isModuleName(name) &&
    !standardLibrary.has(name) &&
    !devices.test(name) &&
    name !== 'conftest' &&
    !/^_+$/.test(name) &&
    name.length > 1
  );
}

/** At most `limit` characters, cut between words where there is such a place. */
export function shorten(name: string, limit: number): string {
  if (name.length <= limit) return name;
  const cut = name.slice(0, limit + 1).lastIndexOf('_');
  return name.slice(0, cut > limit / 2 ? cut : limit).replace(/_+$/, '');
}
