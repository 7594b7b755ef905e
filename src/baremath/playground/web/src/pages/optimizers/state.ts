/** The state of the optimizers page. */

import { choice, hashCodec, list, number, optional, type Field } from "../../lib/hash";
import { RULE_NAMES, type RuleName } from "../../lib/rules";
import type { Place } from "../../lib/scatter";

export const SURFACES = [
  { value: "bowl", label: "A round bowl" },
  { value: "valley", label: "A long valley" },
  { value: "saddle", label: "A saddle" },
  { value: "ravine", label: "Rosenbrock’s ravine" },
  { value: "beale", label: "Beale’s function" },
  { value: "himmelblau", label: "Himmelblau’s four minima" },
  { value: "eggbox", label: "Many minima" },
] as const;

export type SurfaceName = (typeof SURFACES)[number]["value"];

export interface State {
  surface: SurfaceName;
  /** Where they begin; null for the surface's own start. */
  start: Place | null;
  /** How many steps; null for the surface's own. */
  steps: number | null;
  /** Learning rates that aren't the surface's own. */
  rates: [RuleName, number][];
  /** Who stays out. */
  out: RuleName[];
  /** The step that is shown. */
  at: number;
  /** Whose step is shown with its numbers. */
  explained: RuleName;
}

export function defaultState(): State {
  return { surface: "valley", start: null, steps: null, rates: [], out: [], at: 500, explained: "momentum" };
}

/** What a surface brings with it is as usual again. */
export function onSurface(surface: SurfaceName): Partial<State> {
  return { surface, start: null, steps: null, rates: [], at: 500 };
}

/** Set a rate, or leave it to the surface. */
export function withRate(rates: State["rates"], name: RuleName, rate: number | null): State["rates"] {
  const others = rates.filter(([known]) => known !== name);
  return rate === null ? others : [...others, [name, rate]];
}

const coordinate = number({ min: -1e4, max: 1e4 });

const place: Field<Place> = {
  parse(text) {
    const [x = "", y = "", ...rest] = text.split(":");
    if (rest.length > 0) throw new Error(`x:y is needed, not “${text}”`);
    return [coordinate.parse(x), coordinate.parse(y)];
  },
  print: ([x, y]) => `${x}:${y}`,
};

const rate: Field<[RuleName, number]> = {
  parse(text) {
    const [name = "", value = ""] = text.split(":");
    return [choice(RULE_NAMES).parse(name), number({ min: 1e-6, max: 1000 }).parse(value)];
  },
  print: ([name, value]) => `${name}:${value}`,
};

export const codec = hashCodec<State>(
  {
    surface: choice(SURFACES.map(({ value }) => value)),
    start: optional(place),
    steps: optional(number({ min: 1, max: 500, whole: true })),
    rates: list(rate, { max: 8 }),
    out: list(choice(RULE_NAMES), { max: 7 }),
    at: number({ min: 0, max: 500, whole: true }),
    explained: choice(RULE_NAMES),
  },
  defaultState(),
);
