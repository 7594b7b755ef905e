/** Trees as the server sends them, and their sums: what the page draws is computed here. */

export interface Tree {
  /** The column a node asks for; -1 at a leaf. */
  feature: number[];
  /** A row goes left if its number is at most this. */
  threshold: (number | null)[];
  left: number[];
  right: number[];
  /** The answer of a leaf, times the learning rate. */
  value: number[];
  /** Rows that came. */
  n: number[];
}

export interface Answer {
  problem: "regression" | "classification";
  points: { X: number[][]; y: number[]; train: boolean[] };
  baseline: number;
  trees: Tree[];
  /** Base64 of bits: a row of bytes for each tree, which points it was fitted to. */
  seen: string;
  loss: { train: number[]; test: number[] };
  score: { train: (number | null)[]; test: (number | null)[] };
}

/** The leaf that a row comes to. */
export function leafOf(tree: Tree, row: ArrayLike<number>): number {
  let node = 0;
  for (;;) {
    const feature = tree.feature[node] ?? -1;
    if (feature < 0) return node;
    const goesLeft = (row[feature] ?? 0) <= (tree.threshold[node] ?? 0);
    node = (goesLeft ? tree.left : tree.right)[node] ?? 0;
  }
}

/** What a tree adds for a row. */
export function answerOf(tree: Tree, row: ArrayLike<number>): number {
  return tree.value[leafOf(tree, row)] ?? 0;
}

/** The sums of trees at fixed rows: after none, after one, and so on, as far as asked for. */
export class Sums {
  readonly #trees: readonly Tree[];
  readonly #rows: readonly ArrayLike<number>[];
  readonly #after: Float32Array[];

  constructor(baseline: number, trees: readonly Tree[], rows: readonly ArrayLike<number>[]) {
    this.#trees = trees;
    this.#rows = rows;
    this.#after = [new Float32Array(rows.length).fill(baseline)];
  }

  /** The sums after `k` trees. */
  after(k: number): Float32Array {
    while (this.#after.length <= k) {
      const before = this.#after.at(-1) as Float32Array;
      const tree = this.#trees[this.#after.length - 1] as Tree;
      this.#after.push(before.map((sum, i) => sum + answerOf(tree, this.#rows[i] ?? [])));
    }
    return this.#after[k] as Float32Array;
  }

  /** What the tree `k`, counted from 1, adds. */
  added(k: number): Float32Array {
    const before = this.after(k - 1);
    return this.after(k).map((sum, i) => sum - (before[i] ?? 0));
  }
}

/** All places at which any of the trees of one column changes its answer, in order. */
export function cutsOf(trees: readonly Tree[]): number[] {
  const cuts = trees.flatMap(({ threshold }) => threshold.filter((at) => at !== null));
  return [...new Set(cuts)].sort((a, b) => a - b);
}

/** The middles of the cells between the cuts, which have one answer each. */
export function cellsOf(cuts: readonly number[], low: number, high: number): number[][] {
  const edges = [low, ...cuts, high];
  return edges.slice(1).map((edge, i) => [((edges[i] as number) + edge) / 2]);
}

/** The centres of a picture's cells over [-6, 6]², row by row from the top. */
export function gridOf(side: number): [number, number][] {
  const at = (i: number) => ((i + 0.5) / side) * 12 - 6;
  return Array.from({ length: side * side }, (_, i) => [
    at(i % side),
    -at(Math.floor(i / side)),
  ]);
}

export function sigmoid(score: number): number {
  return 1 / (1 + Math.exp(-score));
}

/** What a tree is fitted to: the residual, of classes that of the probability. */
export function residualOf(problem: Answer["problem"], y: number, score: number): number {
  return problem === "regression" ? y - score : (y > 0 ? 1 : 0) - sigmoid(score);
}

/** Which points the tree `k`, counted from 1, was fitted to. */
export function seenBy({ seen, trees, points }: Answer, k: number): boolean[] {
  const bytes = atob(seen);
  const width = trees.length === 0 ? 0 : bytes.length / trees.length;
  return points.y.map((_, i) => {
    const byte = bytes.charCodeAt((k - 1) * width + (i >> 3));
    return ((byte >> (7 - (i & 7))) & 1) === 1;
  });
}
