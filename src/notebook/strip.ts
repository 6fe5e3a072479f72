/**
 * Turns a notebook into the edits that take its results out: outputs, execution counts, and the metadata that a run
 * leaves behind. What these edits do not span stays byte for byte.
 */
import type { Diagnostic } from '../text/diagnostic.ts';
import type { Edit } from '../text/edit.ts';
import { contains, type Span } from '../text/span.ts';
import {
  decodeString,
  elementsOf,
  expand,
  firstKey,
  isArray,
  isFolded,
  isNamed,
  isObject,
  isString,
  kindOf,
  membersOf,
  memberOf,
  nextKey,
  sliceOf,
  spanOf,
  type JsonDocument,
  type JsonNode,
} from './json.ts';
import { findSource, readSource } from './read.ts';

/** What to take out; every option is off where it is not given. Metadata keys are dotted paths: `cell.metadata.name`. */
export interface StripOptions {
  /** Keep outputs. Unset, the notebook's own `keep_output` metadata decides. */
  readonly keepOutput?: boolean;
  readonly keepCount?: boolean;
  /** Number the ids of the cells from 0, as nbstripout does, instead of keeping them. */
  readonly numberIds?: boolean;
  /** Taken out beside the transient ones: `metadata.name` or `cell.metadata.name`. */
  readonly extraKeys?: readonly string[];
  /** Not taken out though transient or extra. */
  readonly keepMetadataKeys?: readonly string[];
  /** Where given, every other key of the notebook's and the cells' metadata is taken out. */
  readonly allowMetadataKeys?: readonly string[];
  readonly dropEmptyCells?: boolean;
  /** Cells with any of these tags are taken out. */
  readonly dropTaggedCells?: readonly string[];
  /** Take the outputs of cells with `init_cell` metadata out too. */
  readonly stripInitCells?: boolean;
  /** `stream`, `stream:stderr`, `error` …: taken out of what is kept. */
  readonly dropOutputTypes?: readonly string[];
  readonly keepOutputTypes?: readonly string[];
  /** Outputs with no more characters than this are kept. */
  readonly maxSize?: number;
  /** Outputs whose text matches are taken out whatever else is said. */
  readonly stripRegex?: RegExp;
}

/** What nbstripout 0.9.1 takes out unless told otherwise. */
const transientKeys: readonly string[] = [
  'metadata.signature',
  'metadata.widgets',
  'cell.metadata.collapsed',
  'cell.metadata.ExecuteTime',
  'cell.metadata.execution',
  'cell.metadata.heading_collapsed',
  'cell.metadata.hidden',
  'cell.metadata.scrolled',
];

/** Whether `key` names something within a notebook's or a cell's JSON: `metadata.…` or `cell.…`. */
export function isMetadataKey(key: string): boolean {
  return /^(?:cell|metadata)\./.test(key);
}

/**
 * The edits that strip a notebook, over the text or bytes that the spans of `json` refer to. They do not overlap.
 * A cell that says both that its outputs stay and that they go keeps them: `findContradiction` reports it.
 */
export function stripEdits({ json }: { readonly json: JsonDocument }, options: StripOptions = {}): Edit[] {
  const plan = planKeys(options);
  const keepOutput =
    options.keepOutput ??
    valuesOf(json, 0, 'metadata').some((node) => isTrue(json, memberOf(json, node, 'keep_output')));
  const edits: Edit[] = [];
  for (const metadata of valuesOf(json, 0, 'metadata'))
    edits.push(...removeKeys(json, metadata, plan.notebook));
  let count = 0;
  for (const list of cellListsOf(json)) {
    const cells = elementsOf(json, list);
    const isDropped = (cell: JsonNode): boolean => dropsCell(json, cell, options);
    if (options.dropEmptyCells === true || (options.dropTaggedCells ?? []).length > 0) {
      for (const edit of removeElements(json, list, cells, isDropped)) edits.push(edit);
      for (const cell of cells)
        if (!isDropped(cell)) stripCell(json, cell, count++, keepOutput, plan, options, edits);
    } else {
      for (const cell of cells) stripCell(json, cell, count++, keepOutput, plan, options, edits);
    }
  }
  return edits;
}

/** The edits that empty the results of a Zeppelin notebook's paragraphs. */
export function stripZeppelinEdits({ json }: { readonly json: JsonDocument }): Edit[] {
  return valuesOf(json, 0, 'paragraphs')
    .flatMap((list) => elementsOf(json, list))
    .flatMap((paragraph) => valuesOf(json, paragraph, 'results'))
    .filter((results) => !isObject(json, results) || !isEmpty(json, results))
    .map((results) => ({ span: spanOf(json, results), text: '{}' }));
}

/** The first cell whose `keep_output` metadata is false while its tags say `keep_output`. */
export function findContradiction(
  { json }: { readonly json: JsonDocument },
  path: string,
): Diagnostic | undefined {
  let index = 0;
  for (const list of cellListsOf(json)) {
    for (const cell of elementsOf(json, list)) {
      index++;
      if (keepsOutput(json, cell, false, false) !== 'contradiction') continue;
      return {
        code: 'NB108',
        severity: 'error',
        place: { path, cell: index },
        message:
          'MetadataError: cell metadata contradicts tags: `keep_output` is false, but `keep_output` in tags',
        hint: 'take the tag or the metadata key out of the cell',
      };
    }
  }
  return undefined;
}

/** All values of that name: what is repeated is stripped wherever it stands. */
function valuesOf(json: JsonDocument, node: JsonNode, name: string): JsonNode[] {
  return membersOf(json, node)
    .filter(({ key }) => isNamed(json, key, name))
    .map(({ value }) => value);
}

function cellListsOf(json: JsonDocument): JsonNode[] {
  const sheets = valuesOf(json, 0, 'worksheets').flatMap((list) => elementsOf(json, list));
  return [0, ...sheets]
    .flatMap((owner) => valuesOf(json, owner, 'cells'))
    .filter((list) => isArray(json, list));
}

function isTrue(json: JsonDocument, node: JsonNode | undefined): boolean {
  if (node === undefined) return false;
  const { start, end } = spanOf(json, node);
  switch (kindOf(json, node)) {
    case 'true':
      return true;
    case 'false':
    case 'null':
      return false;
    case 'number':
      return Number(sliceOf(json, start, end)) !== 0;
    case 'string':
      return end - start > 2;
    default:
      return isFolded(json, node) || !isEmpty(json, node);
  }
}

function isEmpty(json: JsonDocument, container: JsonNode): boolean {
  const { start, end } = spanOf(json, container);
  return end - start < 256 && sliceOf(json, start + 1, end - 1).trim() === '';
}

function dropsCell(json: JsonDocument, cell: JsonNode, options: StripOptions): boolean {
  if (!isObject(json, cell)) return false;
  if (options.dropEmptyCells === true) {
    // What Python's str.strip() leaves something of: its idea of white space differs from JavaScript's in these.
    const source = readSource(json, findSource(json, cell), 4);
    if (!/[^\s\x1c-\x1f\x85]|\uFEFF/.test(source)) return true;
  }
  const tags = tagsOf(json, cell);
  return (options.dropTaggedCells ?? []).some((tag) => tags.includes(tag));
}

function tagsOf(json: JsonDocument, cell: JsonNode): string[] {
  const metadata = memberOf(json, cell, 'metadata');
  const tags = metadata === undefined ? undefined : memberOf(json, metadata, 'tags');
  if (tags === undefined) return [];
  return elementsOf(json, tags)
    .filter((tag) => isString(json, tag))
    .map((tag) => decodeString(json, tag));
}

function keepsOutput(
  json: JsonDocument,
  cell: JsonNode,
  byDefault: boolean,
  stripInitCells: boolean,
): boolean | 'contradiction' {
  const metadata = memberOf(json, cell, 'metadata');
  if (!isObject(json, metadata)) return byDefault;
  if (isTrue(json, memberOf(json, metadata, 'init_cell'))) return !stripInitCells;
  const stated = memberOf(json, metadata, 'keep_output');
  const hasTag = memberOf(json, metadata, 'tags') !== undefined && tagsOf(json, cell).includes('keep_output');
  if (stated === undefined) return hasTag || byDefault;
  if (hasTag && !isTrue(json, stated)) return 'contradiction';
  return isTrue(json, stated);
}

function stripCell(
  json: JsonDocument,
  cell: JsonNode,
  index: number,
  keepByDefault: boolean,
  plan: KeyPlan,
  options: StripOptions,
  edits: Edit[],
): void {
  if (!isObject(json, cell)) return;
  const keep = keepsOutput(json, cell, keepByDefault, options.stripInitCells === true) !== false;
  const own: Edit[] = [];
  for (let key = firstKey(json, cell); key !== undefined; key = nextKey(json, cell, key)) {
    const value = key + 1;
    if (isNamed(json, key, 'outputs')) stripOutputs(json, value, keep, options, own);
    else if (isNamed(json, key, 'execution_count') || isNamed(json, key, 'prompt_number')) {
      if (options.keepCount !== true && kindOf(json, value) !== 'null')
        own.push({ span: spanOf(json, value), text: 'null' });
    } else if (isNamed(json, key, 'id') && options.numberIds === true) {
      const { start, end } = spanOf(json, value);
      if (sliceOf(json, start, end) !== `"${index}"`) own.push({ span: { start, end }, text: `"${index}"` });
    }
  }
  const removals = removeKeys(json, cell, plan.cell);
  for (const edit of own) {
    if (!removals.some(({ span }) => contains(span, edit.span))) edits.push(edit);
  }
  for (const edit of removals) edits.push(edit);
}

function stripOutputs(
  json: JsonDocument,
  outputs: JsonNode,
  keep: boolean,
  options: StripOptions,
  edits: Edit[],
): void {
  const span = spanOf(json, outputs);
  if (kindOf(json, outputs) === 'null') return;
  const keepTypes = options.keepOutputTypes ?? [];
  const maxSize = options.maxSize ?? 0;
  if (!isArray(json, outputs) || (!keep && keepTypes.length === 0 && maxSize === 0)) {
    if (!isArray(json, outputs) ? !keep : !isEmpty(json, outputs)) edits.push({ span, text: '[]' });
    return;
  }
  const whole = expand(json, outputs);
  const elements = elementsOf(whole, 0);
  const isDropped = (output: JsonNode): boolean => {
    if ((!keep || keepTypes.length > 0) && !keepTypes.some((type) => isOfType(whole, output, type))) {
      if (sizeOf(whole, output, options.keepCount === true) > maxSize) return true;
    }
    if ((options.dropOutputTypes ?? []).some((type) => isOfType(whole, output, type))) return true;
    return options.stripRegex !== undefined && options.stripRegex.test(textOfOutput(whole, output));
  };
  const gone = new Set(elements.filter(isDropped));
  for (const edit of removeElements(whole, 0, elements, (output) => gone.has(output))) edits.push(edit);
  if (options.keepCount === true) return;
  for (const output of elements) {
    if (gone.has(output)) continue;
    for (const count of valuesOf(whole, output, 'execution_count')) {
      if (kindOf(whole, count) !== 'null') edits.push({ span: spanOf(whole, count), text: 'null' });
    }
  }
}

/** Whether an output is of a type given as `output_type` or `output_type:name`. */
function isOfType(json: JsonDocument, output: JsonNode, wanted: string): boolean {
  const [type, name] = wanted.split(':');
  const says = (key: string, text: string): boolean => {
    const value = memberOf(json, output, key);
    return isString(json, value) && decodeString(json, value) === text;
  };
  return says('output_type', type!) && (name === undefined || says('name', name));
}

/**
 * How many characters the values of an output have once it is stripped, its keys not counted; constants count
 * as Python spells them. A count that strip clears counts as the null it becomes: what the first run keeps,
 * the second must keep.
 */
function sizeOf(json: JsonDocument, output: JsonNode, keepsCount: boolean): number {
  let size = 0;
  const waiting: JsonNode[] = [];
  if (kindOf(json, output) !== 'object') waiting.push(output);
  else {
    for (const { key, value } of membersOf(json, output)) {
      if (!keepsCount && decodeString(json, key) === 'execution_count') size += 'None'.length;
      else waiting.push(value);
    }
  }
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { start, end } = spanOf(json, next);
    switch (kindOf(json, next)) {
      case 'object':
        for (const { value } of membersOf(json, next)) waiting.push(value);
        break;
      case 'array':
        for (const element of elementsOf(json, next)) waiting.push(element);
        break;
      case 'string':
        for (const _ of decodeString(json, next)) size++;
        break;
      case 'false':
        size += 5;
        break;
      default:
        size += end - start;
    }
  }
  return size;
}

/** What a reader sees of an output: the text of a stream, the plain text of a result, the message of an error. */
function textOfOutput(json: JsonDocument, output: JsonNode): string {
  const data = memberOf(json, output, 'data');
  const candidates = [
    memberOf(json, output, 'text'),
    data === undefined ? undefined : memberOf(json, data, 'text/plain'),
    memberOf(json, output, 'evalue'),
  ];
  return candidates.map((node) => readSource(json, node, 4)).find((text) => text !== '') ?? '';
}

// ---- Metadata ----

interface KeyPlan {
  /** Dotted paths below the notebook's `metadata`. */
  readonly notebook: KeySet;
  /** Dotted paths below a cell. */
  readonly cell: KeySet;
}

interface KeySet {
  readonly gone: readonly string[];
  /** Where given, all else at these places goes. */
  readonly allowed?: readonly string[];
}

function planKeys(options: StripOptions): KeyPlan {
  const kept = options.keepMetadataKeys ?? [];
  const keys = [...transientKeys, ...(options.extraKeys ?? [])].filter((key) => !kept.includes(key));
  const below = (root: string, list: readonly string[]): string[] =>
    list.filter((key) => key.startsWith(root)).map((key) => key.slice(root.length));
  const { allowMetadataKeys: allowed } = options;
  if (allowed === undefined)
    return { notebook: { gone: below('metadata.', keys) }, cell: { gone: below('cell.', keys) } };
  const spared = [...allowed, ...kept];
  return {
    notebook: { gone: below('metadata.', keys), allowed: below('metadata.', spared) },
    cell: { gone: below('cell.', keys), allowed: below('cell.metadata.', spared) },
  };
}

/** The edits that take keys out of `node`: dotted paths, where a key that holds dots itself is found too. */
function removeKeys(json: JsonDocument, node: JsonNode, keys: KeySet): Edit[] {
  const gone = new Map<JsonNode, Set<JsonNode>>();
  const note = (owner: JsonNode, key: JsonNode): void => {
    gone.set(owner, (gone.get(owner) ?? new Set()).add(key));
  };
  for (const path of keys.gone) findPath(json, node, path, note);
  if (keys.allowed !== undefined) {
    // The allow-list of the cells speaks of their metadata, that of the notebook of `node` itself.
    const isCell = memberOf(json, node, 'cell_type') !== undefined;
    const owners = isCell ? valuesOf(json, node, 'metadata') : [node];
    for (const owner of owners) {
      for (const { key } of membersOf(json, owner)) {
        const name = decodeString(json, key);
        const isAllowed = keys.allowed.some((path) => path === name || path.startsWith(`${name}.`));
        if (!isAllowed) note(owner, key);
      }
    }
  }
  if (gone.size === 0) return [];
  const edits: Edit[] = [];
  for (const [owner, removed] of gone) {
    const members = membersOf(json, owner);
    const spans = members.map(({ key, value }) => ({
      start: spanOf(json, key).start,
      end: spanOf(json, value).end,
    }));
    edits.push(...removeRuns(spans, (at) => removed.has(members[at]!.key), spanOf(json, owner), '{}'));
  }
  return edits.filter((edit) => !edits.some((other) => other !== edit && contains(other.span, edit.span)));
}

function findPath(
  json: JsonDocument,
  node: JsonNode,
  path: string,
  note: (owner: JsonNode, key: JsonNode) => void,
): void {
  if (!isObject(json, node)) return;
  const dot = path.indexOf('.');
  let isExact = false;
  for (let key = firstKey(json, node); key !== undefined; key = nextKey(json, node, key)) {
    if (!isNamed(json, key, path)) continue;
    note(node, key);
    isExact = true;
  }
  if (isExact || dot === -1) return;
  const head = path.slice(0, dot);
  for (let key = firstKey(json, node); key !== undefined; key = nextKey(json, node, key)) {
    if (isNamed(json, key, head)) findPath(json, key + 1, path.slice(dot + 1), note);
  }
}

function removeElements(
  json: JsonDocument,
  list: JsonNode,
  elements: readonly JsonNode[],
  isGone: (element: JsonNode) => boolean,
): Edit[] {
  const spans = elements.map((element) => spanOf(json, element));
  return removeRuns(spans, (at) => isGone(elements[at]!), spanOf(json, list), '[]');
}

/**
 * The edits that take items out of a list or an object, each run of neighbours with the comma that it leaves over.
 * @param empty what the whole becomes when nothing is left
 */
export function removeRuns(
  spans: readonly Span[],
  isGone: (at: number) => boolean,
  whole: Span,
  empty: '[]' | '{}',
): Edit[] {
  const edits: Edit[] = [];
  let before: Span | undefined;
  for (let at = 0; at < spans.length; at++) {
    if (!isGone(at)) {
      before = spans[at];
      continue;
    }
    const first = at;
    while (at + 1 < spans.length && isGone(at + 1)) at++;
    const after = spans[at + 1];
    if (before !== undefined) edits.push({ span: { start: before.end, end: spans[at]!.end }, text: '' });
    else if (after !== undefined)
      edits.push({ span: { start: spans[first]!.start, end: after.start }, text: '' });
    else edits.push({ span: whole, text: empty });
  }
  return edits;
}
