/** Points that are drawn by hand on the square [-6, 6]². */

import { LIMITS, type Own, type Points, type Problem } from "../../../lib/protocol";
import type { Place } from "../../../lib/scatter";

export interface Drawn {
  x: number;
  y: number;
  /** The number of a class, or an amount from -1 to 1. */
  value: number;
}

/** Points of a spray's one puff. */
const PUFF = 3;

/**
 * The points of a drawing.
 *
 * @throws Error with what is missing, in words.
 */
export function ownOfDrawing(
  drawn: readonly Drawn[],
  problem: Problem,
  names: readonly string[] = [],
): Own {
  if (drawn.length < 2) throw new Error(`${drawn.length} points are drawn; give at least 2.`);
  if (drawn.length > LIMITS.points) {
    throw new Error(`${drawn.length} points are drawn; there may be ${LIMITS.points}.`);
  }
  const classes = new Set(drawn.map(({ value }) => value));
  if (problem === "classification" && classes.size < 2) {
    throw new Error("All points are of one class; draw some of another.");
  }
  return {
    columns: ["x1", "x2"],
    X: drawn.map(({ x, y }) => [rounded(x), rounded(y)]),
    y: drawn.map(({ value }) =>
      problem === "regression" ? rounded(value) : classNameOf(value, names),
    ),
    shown: [0, 1],
    laid: false,
  };
}

/** The name of a class: one that is given, or its number from 1. */
export function classNameOf(value: number, names: readonly string[]): string {
  const number = `${value + 1}`;
  return names[value] ?? (names.includes(number) ? `class ${number}` : number);
}

/** The points that are shown now, to be drawn on; two classes are the numbers 0 and 1. */
export function drawnOf({ X, y, problem, classes }: Points): Drawn[] {
  const two = problem === "classification" && classes?.length === 2;
  return Array.from(y, (value, i) => ({
    x: X[2 * i] ?? 0,
    y: X[2 * i + 1] ?? 0,
    value: two ? (value > 0 ? 1 : 0) : value,
  }));
}

export function near({ x, y }: Drawn, at: Place, reach: number): boolean {
  return Math.hypot(x - at[0], y - at[1]) <= reach;
}

/** A few points around a place, evenly over a disc. */
export function sprayed(at: Place, radius: number, value: number, random = Math.random): Drawn[] {
  return Array.from({ length: PUFF }, () => {
    const [length, angle] = [radius * Math.sqrt(random()), 2 * Math.PI * random()];
    const [x, y] = [at[0] + length * Math.cos(angle), at[1] + length * Math.sin(angle)];
    return { x: Math.min(Math.max(x, -6), 6), y: Math.min(Math.max(y, -6), 6), value };
  });
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}
