/** Helpers of the thumbnails, all drawn on 320 × 180. */

import { line } from "d3-shape";
import { scaleLinear } from "d3-scale";

export const VIEW = "0 0 320 180";

export type Point = [number, number];

/** The path of a function over the thumbnail's width, in the window of x and y. */
export function curve(
  f: (x: number) => number,
  [left, right]: Point,
  [bottom, top]: Point,
  count = 97,
): string {
  const x = scaleLinear([left, right], [0, 320]);
  const y = scaleLinear([bottom, top], [180, 0]);
  const places = Array.from({ length: count }, (_, i) => left + ((right - left) * i) / (count - 1));
  return line<number>(x, (place) => y(f(place)))(places) ?? "";
}

/** Numbers in [0, 1) that are the same at each visit. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
