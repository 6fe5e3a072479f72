/**
 * Turns what definitions import, call and are called into the topic that their module is named for: the folders of
 * Cookiecutter Data Science (drivendata, https://cookiecutter-data-science.drivendata.org/v1/).
 */
import type { Statement } from '../scope/statement.ts';
import type { Graph } from './graph.ts';
import { components, importTarget } from './identity.ts';

/** In the order in which a tie is decided. */
export const topics = ['visualization', 'models', 'features', 'data', 'utils'] as const;
export type Topic = (typeof topics)[number];

export interface TopicChoice {
  readonly topic: Topic;
  /** Completes "it goes to 'data' because …". */
  readonly because: string;
}

/** What one statement shows of itself. */
interface TopicFacts {
  readonly statement: Statement;
  /** What it imports, dotted and with the member: `sklearn.preprocessing.StandardScaler`. */
  readonly imports: readonly string[];
}

interface Clue {
  readonly topic: Topic;
  readonly weight: number;
  readonly pattern: RegExp;
}

/** What an import stands for. The first that matches counts. */
const libraries: readonly Clue[] = [
  {
    topic: 'visualization',
    weight: 3,
    pattern:
      /^(matplotlib|seaborn|plotly|bokeh|altair|holoviews|hvplot|plotnine|folium|graphviz|pydot|cartopy|pyvista|wordcloud)\b/,
  },
  {
    topic: 'features',
    weight: 2,
    pattern:
      /^(sklearn\.(preprocessing|feature_extraction|feature_selection|impute|decomposition|manifold|compose)|category_encoders|featuretools|nltk|spacy|tsfresh)\b/,
  },
  {
    topic: 'data',
    weight: 2,
    pattern:
      /^(sklearn\.datasets|requests|urllib|sqlalchemy|sqlite3|psycopg2?|pymongo|boto3|s3fs|csv|zipfile|tarfile|gzip|h5py|pyarrow|bs4|datasets|torchvision\.datasets|tensorflow_datasets)\b/,
  },
  {
    topic: 'models',
    weight: 2,
    pattern:
      /^(sklearn|torch|tensorflow|keras|xgboost|lightgbm|catboost|statsmodels|transformers|prophet|pymc3?|jax|flax|gym|gymnasium)\b/,
  },
];

/** What a definition's own name says. */
const wordings: readonly Clue[] = [
  {
    topic: 'visualization',
    weight: 4,
    pattern: /(^|_)(plot|plots|plotting|draw|show|visuali[sz]e|render|heatmap|hist(ogram)?|fig(ure)?)(_|$)/,
  },
  {
    topic: 'models',
    weight: 4,
    pattern:
      /(^|_)(train|fit|predict|evaluate|score|tune|cross_val\w*|backprop|model|loss|classif\w*|regressor|network|net)(_|$)/,
  },
  {
    topic: 'data',
    weight: 4,
    pattern:
      /(^|_)(load|loader|read|fetch|download|import|ingest|open|save|write|export|dataset|query|split)(_|$)/,
  },
  {
    topic: 'features',
    weight: 4,
    pattern:
      /(^|_)(features?|encode|encoder|encoding|vectori[sz]e|tokeni[sz]e|normali[sz]e|standardi[sz]e|scale|clean|preprocess\w*|impute|transform|embed|bin|one_hot)(_|$)/,
  },
];

/** What is called as a method, or looked up as an attribute. */
const attributes: readonly Clue[] = [
  {
    topic: 'visualization',
    weight: 1,
    pattern:
      /^(plot|scatter|bar|barh|imshow|hist|subplots|figure|savefig|set_xlabel|set_ylabel|set_title|xlabel|ylabel|legend|axhline|axvline|contourf?|colorbar|show)$/,
  },
  {
    topic: 'models',
    weight: 1,
    pattern: /^(fit|predict|predict_proba|backward|compile|forward|zero_grad|state_dict|cross_val_score)$/,
  },
  {
    topic: 'data',
    weight: 1,
    pattern:
      /^(read_\w+|to_csv|to_parquet|to_sql|to_json|to_pickle|loadtxt|genfromtxt|savetxt|urlopen|urlretrieve|extractall|execute|fetchall)$/,
  },
  {
    topic: 'features',
    weight: 1,
    pattern:
      /^(fit_transform|transform|fillna|dropna|get_dummies|groupby|merge|rolling|resample|apply|assign|pivot_table|value_counts|astype)$/,
  },
];

/**
 * The topic of definitions that move together. What speaks for no topic goes to `utils`.
 * @param facts of each statement among them
 */
function chooseTopic(facts: readonly TopicFacts[]): TopicChoice {
  const scores = new Map<Topic, { score: number; because: string; strongest: number }>();
  const add = (clue: Clue | undefined, because: string): void => {
    if (clue === undefined) return;
    const known = scores.get(clue.topic) ?? { score: 0, because: '', strongest: 0 };
    known.score += clue.weight;
    if (clue.weight > known.strongest) {
      known.strongest = clue.weight;
      known.because = because;
    }
    scores.set(clue.topic, known);
  };
  for (const { statement, imports } of facts) {
    for (const name of statement.defines) {
      const words = name.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toLowerCase();
      add(
        wordings.find(({ pattern }) => pattern.test(words)),
        `it is called '${name}'`,
      );
    }
    // One library counts once, however many of its names are used.
    for (const path of firstOfEach(imports, libraries)) {
      add(
        libraries.find(({ pattern }) => pattern.test(path)),
        `it uses ${path.split('.', 1)[0]}`,
      );
    }
    for (const attribute of [...statement.attributes].sort()) {
      add(
        attributes.find(({ pattern }) => pattern.test(attribute)),
        `it uses '.${attribute}'`,
      );
    }
  }
  let best: TopicChoice = { topic: 'utils', because: 'nothing in it speaks for another topic' };
  let highest = 0;
  for (const topic of topics) {
    const found = scores.get(topic);
    if (found !== undefined && found.score > highest) {
      highest = found.score;
      best = { topic, because: found.because };
    }
  }
  return best;
}

/** Of all imports that one clue matches, the first in order. */
function firstOfEach(imports: readonly string[], clues: readonly Clue[]): string[] {
  const sorted = [...imports].sort();
  return clues.flatMap((clue) => {
    const match = sorted.find((path) => clues.find(({ pattern }) => pattern.test(path)) === clue);
    return match === undefined ? [] : [match];
  });
}

/**
 * The topic of each movable statement: its own, and that of the first who needs it for a constant or an import block,
 * which say little by themselves. Statements that need each other share one.
 */
export function topicsOf(graph: Graph): ReadonlyMap<number, TopicChoice> {
  const { statements } = graph.names;
  const factsOf = (id: number): TopicFacts => ({
    statement: statements[id]!,
    imports: [...graph.needs.get(id)!].flatMap(([name, need]) =>
      need.kind === 'import'
        ? importTarget(name, need.statements, graph)
            .split(',')
            .map((target) => target.replace(/^import:/, ''))
        : need.kind === 'given'
          ? [`${need.module}.${name}`]
          : [],
    ),
  });
  const topics = new Map<number, TopicChoice>();
  // Those who need come after what they need: from behind, a constant's reader has its topic already.
  for (const ids of [...components(graph)].reverse()) {
    const isPlain = ids.every((id) => /^(constant|import-block)$/.test(statements[id]!.kind));
    const reader = isPlain
      ? [...topics.keys()].find((id) =>
          [...graph.needs.get(id)!.values()].some(
            (need) => need.kind === 'definition' && need.statements.some((needed) => ids.includes(needed)),
          ),
        )
      : undefined;
    const choice = reader === undefined ? chooseTopic(ids.map(factsOf)) : topics.get(reader)!;
    for (const id of ids) topics.set(id, choice);
  }
  return topics;
}
