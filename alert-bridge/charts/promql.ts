/** What the expression of an alert compares: https://prometheus.io/docs/prometheus/latest/querying/operators/. Pure. */
import type { SyntaxNode, Tree } from '@lezer/common';
import { parser } from '@prometheus-io/lezer-promql';
import type { Unit } from './chart.ts';

export interface AlertQuery {
  /** PromQL of the series. */
  readonly series: string;
  /** PromQL of what they are compared with. */
  readonly threshold?: string;
  /** They fire when they are equal, as `up == 0`. */
  readonly firesWhenEqual: boolean;
  readonly unit: Unit;
}

const COMPARISONS = ['Eql', 'Neq', 'Gtr', 'Gte', 'Lss', 'Lte'];
const SETS = ['And', 'Or', 'Unless'];
/** Functions that leave a value what it is. */
const OVER_TIME = /^(?:avg|last|max|min)_over_time$/;

/** Longer than any rule that a person reads; where the grammar does not fit, the parser's time grows faster than the text. */
const MAX_EXPRESSION_CHARS = 4_000;

/** The expression behind `…/graph?g0.expr=…`, as Prometheus links its alerts; undefined for one that is too long to be drawn. */
export function expressionOf(generatorUrl: string): string | undefined {
  if (!URL.canParse(generatorUrl)) return undefined;
  const expression = new URL(generatorUrl).searchParams.get('g0.expr');
  if (expression === null || expression === '' || expression.length > MAX_EXPRESSION_CHARS) return undefined;
  return expression;
}

/**
 * Splits an expression at its topmost comparison; of several that are joined by `and`, `or` or `unless`, the first
 * counts. Without one, or in a dialect that is not known here, it is drawn as it stands.
 */
export function splitAlert(expression: string): AlertQuery {
  const tree = parser.parse(expression);
  const top = tree.topNode.firstChild;
  const text = (node: SyntaxNode): string => expression.slice(node.from, node.to);
  const comparison = top === null || hasErrors(tree) ? undefined : findComparison(top);
  if (comparison === undefined) return { series: expression, unit: 'number', firesWhenEqual: false };
  const [left, right, operator] = comparison;
  const [series, threshold] = isConstant(left) && !isConstant(right) ? [right, left] : [left, right];
  return {
    series: text(series),
    threshold: text(threshold),
    unit: unitOf(series, text),
    firesWhenEqual: operator === 'Eql',
  };
}

function hasErrors(tree: Tree): boolean {
  let found = false;
  tree.iterate({ enter: ({ type }) => void (found ||= type.isError) });
  return found;
}

type Comparison = readonly [left: SyntaxNode, right: SyntaxNode, operator: string];

function findComparison(top: SyntaxNode): Comparison | undefined {
  // In a loop: parentheses may stand in each other deeper than calls can.
  for (let node = top; ;) {
    const { firstChild: left, lastChild: right } = node;
    if (left === null || right === null) return undefined;
    const operator = node.name === 'BinaryExpr' ? (left.nextSibling?.name ?? '') : '';
    if (COMPARISONS.includes(operator)) return [left, right, operator];
    if (node.name !== 'ParenExpr' && !SETS.includes(operator)) return undefined;
    node = left;
  }
}

const isConstant = (node: SyntaxNode): boolean => namesIn(node, 'VectorSelector').length === 0;

function unitOf(series: SyntaxNode, text: (node: SyntaxNode) => string): Unit {
  const metrics = namesIn(series, 'Identifier').map(text);
  const functions = namesIn(series, 'FunctionIdentifier').map(text);
  const changes = namesIn(series, 'BinaryExpr').length > 0 || functions.some((name) => !OVER_TIME.test(name));
  const [metric] = metrics;
  if (metric === undefined || metrics.length > 1 || changes) return 'number';
  if (metric.endsWith('_ratio')) return 'ratio';
  return metric.endsWith('_bytes') ? 'bytes' : 'number';
}

function namesIn(root: SyntaxNode, name: string): SyntaxNode[] {
  const found: SyntaxNode[] = [];
  root.cursor().iterate((node) => {
    if (node.name === name) found.push(node.node);
  });
  return found;
}
