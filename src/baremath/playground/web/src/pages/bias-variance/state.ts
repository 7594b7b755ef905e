/** What the page of bias and variance keeps in its URL, and what the server answers. */

import { choice, hashCodec, number } from "../../lib/hash";

export const TRUTHS = ["sine", "step", "polynomial"] as const;
export const MODELS = ["polynomial", "neighbours", "tree", "forest", "network"] as const;
export const PARTS = ["noise", "bias2", "variance"] as const;

export type Model = (typeof MODELS)[number];
export type Part = (typeof PARTS)[number];
export type Parts<T> = Record<Part | "loss", T>;

export const PART_NAMES: Parts<string> = {
  noise: "noise",
  bias2: "bias²",
  variance: "variance",
  loss: "loss",
};

export const COLOURS: Parts<string> = {
  noise: "var(--line-strong)",
  bias2: "light-dark(rgb(217 119 6), rgb(240 160 48))",
  variance: "light-dark(rgb(0 114 178), rgb(64 156 232))",
  loss: "var(--ink)",
};

export interface BiasVarianceState {
  truth: (typeof TRUTHS)[number];
  noise: number;
  n: number;
  model: Model;
  complexity: number;
  rounds: number;
  at: number;
  seed: number;
}

/** A step of a derivation; the formula is MathML. */
interface Arithmetic {
  title: string;
  formula: string;
  text: string;
  note: string;
}

interface Known {
  called: string;
  complexities: number[];
  rounds: number;
}

export interface Fits extends Known {
  x: number[];
  truth: number[];
  fits: number[][];
  mean: number[];
  parts: Parts<number[]>;
  sample: { x: number[]; y: number[]; fit: number[] };
  total: Parts<number>;
  error: Parts<number>;
  here: { place: number; title: string; steps: Arithmetic[] };
}

export interface Curve extends Known {
  curve: { complexity: number; total: Parts<number>; error: Parts<number> }[];
}

/** What each model begins with. */
export const FIRST: Record<Model, number> = {
  polynomial: 3,
  neighbours: 5,
  tree: 3,
  forest: 3,
  network: 5,
};

export const codec = hashCodec<BiasVarianceState>(
  {
    truth: choice(TRUTHS),
    noise: number({ min: 0, max: 2 }),
    n: number({ min: 5, max: 200, whole: true }),
    model: choice(MODELS),
    complexity: number({ min: 0, max: 100, whole: true }),
    rounds: number({ min: 2, max: 200, whole: true }),
    at: number({ min: -1, max: 1 }),
    seed: number({ min: 0, max: 2 ** 31 - 1, whole: true }),
  },
  {
    truth: "sine",
    noise: 0.3,
    n: 25,
    model: "polynomial",
    complexity: 3,
    rounds: 60,
    at: 0.5,
    seed: 0,
  },
);

/** What the curve over the complexities depends on. */
export function curveQuestion({ truth, noise, n, model, seed }: BiasVarianceState) {
  return { part: "curve", truth, noise, n, model, seed };
}

/** The limits of a plot that holds the truth and the samples, but not every wild fit. */
export function limitsOf({ truth, sample, fits }: Fits, noise: number): [number, number] {
  const room = 2.2 * noise + 0.25;
  const middle = fits.flatMap((fit) => fit.slice(3, -3)).sort((a, b) => a - b);
  const quantile = (share: number) => middle[Math.round(share * (middle.length - 1))] ?? 0;
  return [
    Math.min(Math.min(...truth) - room, Math.max(quantile(0.005), Math.min(...sample.y) - 1)),
    Math.max(Math.max(...truth) + room, Math.min(quantile(0.995), Math.max(...sample.y) + 1)),
  ];
}

/** The place of `places` that is nearest to `x`. */
export function nearestPlace(places: readonly number[], x: number): number {
  let best = 0;
  places.forEach((place, i) => {
    if (Math.abs(place - x) < Math.abs((places[best] ?? 0) - x)) best = i;
  });
  return best;
}
