/** What the boosting page keeps in its URL. */

import { choice, hashCodec, number, optional, type Field, type HashCodec } from "../../lib/hash";
import type { Answer } from "./trees";

export type Problem = Answer["problem"];
export type PointSet = Answer["points"];

export const CURVES = ["sine", "step", "bump"] as const;
export const CLOUDS = ["circle", "xor", "gauss", "spiral"] as const;
export type DataName = (typeof CURVES)[number] | (typeof CLOUDS)[number];

export const MOST_POINTS = 400;

export interface BoostingState {
  problem: Problem;
  data: DataName;
  n: number;
  noise: number;
  data_seed: number;
  trees: number;
  depth: number;
  rate: number;
  subsample: number;
  leaf: number;
  seed: number;
  /** The tree that is shown, counted from 1; 0 for none, null for the last. */
  k: number | null;
  /** The point whose sum is shown. */
  point: number | null;
  /** Points of the reader's own; null for those drawn. */
  own: PointSet | null;
}

export const DEFAULTS: BoostingState = {
  problem: "regression",
  data: "sine",
  n: 80,
  noise: 15,
  data_seed: 0,
  trees: 50,
  depth: 2,
  rate: 0.2,
  subsample: 1,
  leaf: 3,
  seed: 0,
  k: 5,
  point: 0,
  own: null,
};

const short = (value: number) => String(Math.round(100 * value) / 100);

/** A point as x:y or x1:x2:class, with t before it where it is for testing. */
export const points: Field<PointSet> = {
  parse(text) {
    const found: PointSet = { X: [], y: [], train: [] };
    for (const one of text === "" ? [] : text.split(",")) {
      const isTest = one.startsWith("t");
      const numbers = one.slice(isTest ? 1 : 0).split(":").map(Number);
      const fits = numbers.every((value) => Number.isFinite(value) && Math.abs(value) <= 6);
      if (!fits || numbers.length < 2 || numbers.length > 3) {
        throw new Error(`two or three numbers from -6 to 6 are needed, not “${one}”`);
      }
      found.X.push(numbers.slice(0, -1));
      found.y.push(numbers.at(-1) as number);
      found.train.push(!isTest);
    }
    if (found.y.length > MOST_POINTS) throw new Error(`${MOST_POINTS} points are the most`);
    if (new Set(found.X.map((row) => row.length)).size > 1) {
      throw new Error("all points need as many numbers");
    }
    return found;
  },
  print: ({ X, y, train }) =>
    X.map(
      (row, i) => (train[i] ? "" : "t") + [...row, y[i] ?? 0].map(short).join(":"),
    ).join(","),
};

const seed = number({ min: 0, max: 2 ** 31 - 1, whole: true });

const fields = hashCodec<BoostingState>(
  {
    problem: choice(["regression", "classification"]),
    data: choice([...CURVES, ...CLOUDS]),
    n: number({ min: 10, max: MOST_POINTS, whole: true }),
    noise: number({ min: 0, max: 50 }),
    data_seed: seed,
    trees: number({ min: 1, max: 200, whole: true }),
    depth: number({ min: 1, max: 6, whole: true }),
    rate: number({ min: 0.01, max: 1 }),
    subsample: number({ min: 0.1, max: 1 }),
    leaf: number({ min: 1, max: 50, whole: true }),
    seed,
    k: optional(number({ min: 0, max: 200, whole: true })),
    point: optional(number({ min: 0, max: MOST_POINTS - 1, whole: true })),
    own: optional(points),
  },
  DEFAULTS,
);

/** What the hash holds, made to fit together. */
export const codec: HashCodec<BoostingState> = {
  print: fields.print,
  parse(hash) {
    const { state, problems } = fields.parse(hash);
    const known: readonly string[] = state.problem === "regression" ? CURVES : CLOUDS;
    if (!known.includes(state.data)) state.data = known[0] as DataName;
    const width = state.problem === "regression" ? 1 : 2;
    if (state.own?.X.some((row) => row.length !== width)) {
      problems.push(`own: each point needs ${width + 1} numbers here`);
      state.own = null;
    }
    return { state, problems };
  },
};

/** What the server is asked. */
export function questionOf(state: BoostingState) {
  const { problem, data, n, noise, data_seed, trees, depth, rate, subsample, leaf, seed, own } =
    state;
  return {
    problem,
    drawn: { name: data, n, noise, seed: data_seed },
    points: own,
    n_trees: trees,
    depth,
    learning_rate: rate,
    subsample,
    min_samples_leaf: leaf,
    seed,
  };
}
