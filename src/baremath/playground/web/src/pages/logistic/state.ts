/** The state of the logistic page, and the geometry of its boundary. */

import { choice, hashCodec, list, number, optional, type Field } from "../../lib/hash";
import { seeded } from "../../lib/random";
import { RULE_NAMES, type RuleName } from "../../lib/rules";
import type { Place } from "../../lib/scatter";

export const EDGE = 5;
export const MOST_POINTS = 100;
export const SQUARE = [
  [-EDGE, EDGE],
  [-EDGE, EDGE],
] as const;
/** Of one feature: x, and the probability. */
export const STRIP = [
  [-EDGE, EDGE],
  [-0.14, 1.14],
] as const;
/** Of the loss surface: intercepts, weights. */
export const LINES = [
  [-10, 10],
  [-5, 5],
] as const;
/** Where the handle of the steepness is on the sigmoid: z = 2. */
export const HIGH = 1 / (1 + Math.exp(-2));
const STEEPEST = 12;

export interface Point {
  x: number;
  /** The second feature; of one feature it isn't used. */
  y: number;
  /** The class. */
  one: boolean;
}

export interface State {
  features: "1" | "2";
  points: Point[];
  /** Intercept and weight of one feature. */
  curve: Place;
  /** Intercept and weights of two. */
  plane: [number, number, number];
  /** The inverse strength of the penalty; null for none. */
  C: number | null;
  rule: RuleName;
  rate: number;
  steps: number;
  at: number;
  row: number | null;
}

/** What the plots do to the points. */
export interface Edits {
  add: (point: Point) => void;
  remove: (index: number) => void;
  move: (index: number, place: Place) => void;
  /** A letter was pressed on a point. */
  letter: (index: number, letter: string) => void;
}

/** How the points of a class look. */
export function look(one: boolean) {
  return one
    ? ({ colour: "var(--positive)", shape: "disc", kind: "class 1" } as const)
    : ({ colour: "var(--negative)", shape: "square", kind: "class 0" } as const);
}

export type SampleName = "overlap" | "apart" | "rare";

export const SAMPLES: readonly { value: SampleName; label: string }[] = [
  { value: "overlap", label: "Overlapping classes" },
  { value: "apart", label: "Classes apart" },
  { value: "rare", label: "A rare class, and a stray" },
];

/** The points of a sample: the same at each visit. */
export function sample(name: SampleName): Point[] {
  const random = seeded(11);
  const bell = () => random() + random() + random() - 1.5;
  const shift = name === "apart" ? 2.2 : 1.1;
  return Array.from({ length: 24 }, (_, i) => {
    const one = name === "rare" ? i % 4 === 0 : i % 2 === 0;
    const side = one ? 1 : -1;
    const stray = name === "rare" && i === 23;
    const spread = name === "apart" ? 1.6 : 3.4;
    return {
      x: rounded(stray ? 4.3 : side * shift + spread * bell()),
      y: rounded(stray ? 3.4 : side * 0.6 * shift + 2.8 * bell()),
      one,
    };
  });
}

export function rounded(value: number): number {
  return Math.round(100 * Math.min(Math.max(value, -EDGE), EDGE)) / 100;
}

/** The curve of one feature over the plot, for the descent. */
export function sigmoidCurve([b, w]: Place): Place[] {
  return Array.from({ length: 81 }, (_, i) => {
    const x = -EDGE + (2 * EDGE * i) / 80;
    return [x, 1 / (1 + Math.exp(-(b + w * x)))];
  });
}

/** Where the curve of one feature crosses one half. */
export function middle([b, w]: Place): number {
  return w === 0 ? 0 : -b / w;
}

/** The curve that crosses one half at `at` and is as steep as `w`. */
export function curveAt(at: number, w: number): Place {
  return [-w * at, w];
}

/** The weight of a curve that is at `HIGH` so far right of its middle. */
export function weightFor(distance: number): number {
  const least = 2 / STEEPEST;
  return 2 / (Math.abs(distance) < least ? Math.sign(distance || 1) * least : distance);
}

/** The parameters of a boundary through two places, with class 1 on the left of the way there. */
export function planeThrough([ax, ay]: Place, [bx, by]: Place, steepness: number): State["plane"] {
  const length = Math.hypot(bx - ax, by - ay) || 1;
  const [w1, w2] = [(-steepness * (by - ay)) / length, (steepness * (bx - ax)) / length];
  return [-(w1 * ax + w2 * ay), w1, w2];
}

/** Two places on a boundary, three to either side of what is nearest to the middle. */
export function placesOn([b, w1, w2]: State["plane"]): [Place, Place] {
  const size = Math.hypot(w1, w2) || 1;
  const [n1, n2] = [w1 / size, w2 / size];
  const [x, y] = [(-b / size) * n1, (-b / size) * n2];
  return [
    [x - 3 * n2, y + 3 * n1],
    [x + 3 * n2, y - 3 * n1],
  ];
}

export function steepness([, w1, w2]: State["plane"]): number {
  return Math.hypot(w1, w2);
}

const place = number({ min: -EDGE, max: EDGE });
/** An intercept or a weight, in as many digits as can be seen. */
const parameter: Field<number> = {
  ...number({ min: -1000, max: 1000 }),
  print: (value) => String(Number(value.toPrecision(5))),
};

/** A point as `x:y:class`. */
export const point: Field<Point> = {
  parse(text) {
    const [x = "", y = "", label = "", ...rest] = text.split(":");
    if (rest.length > 0 || !["0", "1"].includes(label)) {
      throw new Error(`x:y:class is needed, not “${text}”`);
    }
    return { x: place.parse(x), y: place.parse(y), one: label === "1" };
  },
  print: ({ x, y, one }) => `${x}:${y}:${one ? 1 : 0}`,
};

export function defaultState(): State {
  return {
    features: "2",
    points: sample("overlap"),
    curve: [1, -0.5],
    plane: [0.4, -0.3, 0.9],
    C: null,
    rule: "sgd",
    rate: 0.5,
    steps: 100,
    at: 500,
    row: null,
  };
}

export const codec = hashCodec<State>(
  {
    features: choice(["1", "2"]),
    points: list(point, { min: 1, max: MOST_POINTS }),
    curve: list(parameter, { min: 2, max: 2 }) as Field<Place>,
    plane: list(parameter, { min: 3, max: 3 }) as unknown as Field<State["plane"]>,
    C: optional(number({ min: 1e-4, max: 1e6 })),
    rule: choice(RULE_NAMES),
    rate: number({ min: 1e-4, max: 100 }),
    steps: number({ min: 1, max: 500, whole: true }),
    at: number({ min: 0, max: 500, whole: true }),
    row: optional(number({ min: 0, max: MOST_POINTS - 1, whole: true })),
  },
  defaultState(),
);
