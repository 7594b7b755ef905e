/** The state of the regression page, and the samples of points that it offers. */

import { choice, flag, hashCodec, list, number, optional, type Field } from "../../lib/hash";
import { seeded } from "../../lib/random";
import { RULE_NAMES, type RuleName } from "../../lib/rules";

export const EDGE = 5;
export const MOST_POINTS = 100;
export const MOST_DEGREE = 12;
export const DOMAIN = [
  [-EDGE, EDGE],
  [-EDGE, EDGE],
] as const;
/** Of the loss surface: intercepts, slopes. */
export const LINES = [
  [-5, 5],
  [-3, 3],
] as const;
/** Where the two handles of the line are. */
export const HANDLES = [-3, 3] as const;

export type Loss = "squared_error" | "absolute_error";

export interface Point {
  x: number;
  y: number;
  test: boolean;
}

export interface State {
  points: Point[];
  degree: number;
  loss: Loss;
  intercept: number;
  slope: number;
  squares: boolean;
  rule: RuleName;
  rate: number;
  steps: number;
  /** The step of the descent that is shown. */
  at: number;
  /** The point whose numbers are shown. */
  row: number | null;
}

export type SampleName = "line" | "outlier" | "parabola" | "wave" | "few";

export const SAMPLES: readonly { value: SampleName; label: string }[] = [
  { value: "line", label: "A line with noise" },
  { value: "outlier", label: "Two outliers" },
  { value: "parabola", label: "A parabola" },
  { value: "wave", label: "A wave" },
  { value: "few", label: "Few points" },
];

const CURVES: Record<SampleName, { n: number; noise: number; f: (x: number) => number }> = {
  line: { n: 18, noise: 0.9, f: (x) => 0.6 + 0.7 * x },
  outlier: { n: 16, noise: 0.35, f: (x) => -0.6 + 0.6 * x },
  parabola: { n: 20, noise: 0.6, f: (x) => 0.28 * x * x - 2.6 },
  wave: { n: 24, noise: 0.5, f: (x) => 2.6 * Math.sin(1.1 * x) },
  few: { n: 8, noise: 1, f: (x) => 0.5 * x },
};

/** The points of a sample: the same at each visit. */
export function sample(name: SampleName): Point[] {
  const { n, noise, f } = CURVES[name];
  const random = seeded(7 + name.length);
  const points = Array.from({ length: n }, (_, i) => {
    const x = -4.6 + (9.2 * (i + 0.7 * random() - 0.35)) / (n - 1);
    const bell = random() + random() + random() - 1.5;
    return { x: rounded(x), y: rounded(f(x) + 1.6 * noise * bell), test: false };
  });
  if (name === "outlier") points.push({ x: 3.6, y: -4.2, test: false }, { x: 4.3, y: -3.6, test: false });
  return points;
}

/** Hold out every third point, or none. */
export function heldOut(points: readonly Point[], some: boolean): Point[] {
  return points.map((point, i) => ({ ...point, test: some && i % 3 === 1 }));
}

export function rounded(value: number): number {
  return Math.round(100 * Math.min(Math.max(value, -EDGE), EDGE)) / 100;
}

/** The line through two places, one above each of the handles' x. */
export function lineThrough(left: number, right: number): { intercept: number; slope: number } {
  const slope = (right - left) / (HANDLES[1] - HANDLES[0]);
  return { intercept: left - slope * HANDLES[0], slope };
}

const place = number({ min: -EDGE, max: EDGE });

/** A point as `x:y`, one that is held out as `x:y:t`. */
export const point: Field<Point> = {
  parse(text) {
    const [x = "", y = "", kind = "", ...rest] = text.split(":");
    if (rest.length > 0 || !["", "t"].includes(kind)) throw new Error(`x:y is needed, not “${text}”`);
    return { x: place.parse(x), y: place.parse(y), test: kind === "t" };
  },
  print: ({ x, y, test }) => `${x}:${y}${test ? ":t" : ""}`,
};

/** An intercept or a slope, in as many digits as can be seen. */
const parameter: Field<number> = {
  ...number({ min: -100, max: 100 }),
  print: (value) => String(Number(value.toPrecision(5))),
};

export function defaultState(): State {
  return {
    points: sample("line"),
    degree: 1,
    loss: "squared_error",
    intercept: -1,
    slope: 0.15,
    squares: true,
    rule: "sgd",
    rate: 0.1,
    steps: 60,
    at: 500,
    row: null,
  };
}

export const codec = hashCodec<State>(
  {
    points: list(point, { min: 1, max: MOST_POINTS }),
    degree: number({ min: 1, max: MOST_DEGREE, whole: true }),
    loss: choice(["squared_error", "absolute_error"]),
    intercept: parameter,
    slope: parameter,
    squares: flag,
    rule: choice(RULE_NAMES),
    rate: number({ min: 1e-4, max: 10 }),
    steps: number({ min: 1, max: 500, whole: true }),
    at: number({ min: 0, max: 500, whole: true }),
    row: optional(number({ min: 0, max: MOST_POINTS - 1, whole: true })),
  },
  defaultState(),
);
