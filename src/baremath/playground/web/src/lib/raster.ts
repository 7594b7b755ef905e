/** A table of numbers as a picture: smooth between its entries, cut into steps. */

import type { Rgb } from "./palette";

export type Rows = readonly (readonly (number | null)[])[];

export interface RasterLook {
  /** The colour of a step, by its number. */
  colour: (step: number) => Rgb;
  /** How many steps one is long. */
  steps: number;
  /** The colour between two steps; null for none. */
  edge: Rgb | null;
}

/** Paint the rows, the first on top, over all pixels of an RGBA image. */
export function paintRaster(
  rows: Rows,
  pixels: Uint8ClampedArray,
  [width, height]: [number, number],
  { colour, steps, edge }: RasterLook,
): void {
  const found = stepNumbers(rows, [width, height], steps);
  const colours = new Map<number, Rgb>();
  for (let at = 0; at < found.length; at++) {
    const step = found[at] as number;
    if (step < 0) continue;
    const isEdge =
      edge !== null &&
      (differs(found, at, at + 1, (at + 1) % width !== 0) ||
        differs(found, at, at + width, at + width < found.length));
    let painted = isEdge ? edge : colours.get(step);
    if (painted === undefined) colours.set(step, (painted = colour(step)));
    pixels.set([painted[0], painted[1], painted[2], 255], 4 * at);
  }
}

/** The step of each pixel; -1 where there is no number. */
export function stepNumbers(
  rows: Rows,
  [width, height]: [number, number],
  steps: number,
): Int16Array {
  const found = new Int16Array(width * height);
  const [down, across] = [rows.length - 1, (rows[0]?.length ?? 0) - 1];
  for (let j = 0; j < height; j++) {
    const y = ((j + 0.5) / height) * down;
    const top = Math.min(Math.floor(y), down - 1);
    const [above, below] = [rows[top] ?? [], rows[top + 1] ?? []];
    for (let i = 0; i < width; i++) {
      const x = ((i + 0.5) / width) * across;
      const left = Math.min(Math.floor(x), across - 1);
      const [dx, dy] = [x - left, y - top];
      const value =
        (1 - dy) * ((1 - dx) * entry(above, left) + dx * entry(above, left + 1)) +
        dy * ((1 - dx) * entry(below, left) + dx * entry(below, left + 1));
      found[j * width + i] = Number.isNaN(value) ? -1 : Math.floor(value * steps);
    }
  }
  return found;
}

function entry(row: readonly (number | null)[], index: number): number {
  return row[index] ?? NaN;
}

function differs(found: Int16Array, at: number, beside: number, isThere: boolean): boolean {
  return isThere && found[at] !== found[beside] && (found[beside] as number) >= 0;
}
