import type { PathStep } from './paths.js';

/**
 * Counts, lengths, offsets and conditions as the guide writes them: `(BT21.numberOfDemands + 7) / 8`,
 * `BT21.demandResetCounter`, `numberOfChannels != 0`. Stored as text and as tree, for the documentation and the
 * decoder. Integers only; a division drops its remainder, as in the guide's formulas; a negative count, length or
 * offset is zero.
 */
export interface Expression {
  readonly text: string;
  readonly tree: ExpressionTree;
}

/**
 * A name is a field of a dimension table (`BT21.numberOfTiers`), or, with `table` null, an earlier field of the own
 * table. Paths lead into a table's lists (`BT61.dataSets[index].numberOfChannels`, where `index` is the number of the
 * own element, `BT61.dataSets[0].numberOfBlocks`); a list itself is the number of its elements (`BT61.dataSets`).
 * `ET11.mepChannelCount ?? 1` has the default for a firmware whose table has no such field.
 */
export type ExpressionTree =
  | { readonly kind: 'number'; readonly value: number }
  | {
      readonly kind: 'name';
      readonly table: string | null;
      readonly field: string;
      readonly steps: readonly PathStep[];
      readonly otherwise: number | null;
    }
  | {
      readonly kind: 'operation';
      readonly operator: Operator;
      readonly left: ExpressionTree;
      readonly right: ExpressionTree;
    };

export type NameTree = Extract<ExpressionTree, { kind: 'name' }>;

const OPERATIONS = {
  '+': (left: number, right: number) => left + right,
  '-': (left: number, right: number) => left - right,
  '*': (left: number, right: number) => left * right,
  '/': (left: number, right: number) => Math.floor(left / right),
  '==': (left: number, right: number) => Number(left === right),
  '!=': (left: number, right: number) => Number(left !== right),
  '<': (left: number, right: number) => Number(left < right),
  '>': (left: number, right: number) => Number(left > right),
  '<=': (left: number, right: number) => Number(left <= right),
  '>=': (left: number, right: number) => Number(left >= right),
} as const;
type Operator = keyof typeof OPERATIONS;

const COMPARISONS: readonly Operator[] = ['==', '!=', '<', '>', '<=', '>='];
const TABLE_NAME = /^[BE]T\d{2}$/;

/**
 * Reads an expression of a table description.
 * @throws Error for text that is no expression: a mistake in a description, found when it is loaded.
 */
export function expression(source: string | number): Expression {
  const text = String(source);
  const tokens = text.match(/\d+|[A-Za-z]\w*(?:\.[A-Za-z]\w*|\[(?:\d+|index)\])*|[=!<>]=|\?\?|[-+*/<>()]|\S/g) ?? [];
  let position = 0;
  const fail = (): never => {
    throw new Error(`Not an expression: "${text}"`);
  };

  const parseOtherwise = (): number | null => {
    if (tokens[position] !== '??') return null;
    position++;
    const token = tokens[position++] ?? fail();
    return /^\d+$/.test(token) ? Number(token) : fail();
  };
  const parseAtom = (): ExpressionTree => {
    const token = tokens[position++] ?? fail();
    if (/^\d/.test(token)) return { kind: 'number', value: Number(token) };
    if (/^[A-Za-z]/.test(token)) return nameOf(token, parseOtherwise());
    if (token !== '(') fail();
    const inner = parseLevel(0);
    if (tokens[position++] !== ')') fail();
    return inner;
  };
  const levels: readonly (readonly Operator[])[] = [COMPARISONS, ['+', '-'], ['*', '/']];
  const parseLevel = (level: number): ExpressionTree => {
    const operators = levels[level];
    if (operators === undefined) return parseAtom();
    let left = parseLevel(level + 1);
    for (;;) {
      const operator = operators.find((candidate) => candidate === tokens[position]);
      if (operator === undefined) return left;
      position++;
      const right = parseLevel(level + 1);
      if (operator === '/' && !(right.kind === 'number' && right.value > 0)) fail();
      left = { kind: 'operation', operator, left, right };
    }
  };

  const tree = parseLevel(0);
  if (position !== tokens.length) fail();
  return { text, tree };
}

function nameOf(token: string, otherwise: number | null): ExpressionTree {
  const [first = '', second, ...steps] = token.match(/\w+/g) ?? [];
  if (second === undefined) {
    if (otherwise !== null) throw new Error(`A field of the own table is always known: "${token}"`);
    return { kind: 'name', table: null, field: first, steps: [], otherwise };
  }
  if (!TABLE_NAME.test(first)) throw new Error(`Not a table: "${first}"`);
  const path = steps.map((step) => (/^\d/.test(step) ? Number(step) : step));
  return { kind: 'name', table: first, field: second, steps: path, otherwise };
}

/** The expression's value; booleans count as 0 and 1. `resolve` gives the value of a name. */
export function evaluate(tree: ExpressionTree, resolve: (name: NameTree) => number): number {
  switch (tree.kind) {
    case 'number':
      return tree.value;
    case 'name':
      return resolve(tree);
    case 'operation':
      return OPERATIONS[tree.operator](evaluate(tree.left, resolve), evaluate(tree.right, resolve));
  }
}

/** Every name an expression uses, in reading order. */
export function namesIn(tree: ExpressionTree): { table: string | null; field: string }[] {
  if (tree.kind === 'number') return [];
  if (tree.kind === 'name') return [{ table: tree.table, field: tree.field }];
  return [...namesIn(tree.left), ...namesIn(tree.right)];
}
