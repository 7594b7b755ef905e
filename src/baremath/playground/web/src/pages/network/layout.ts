/** Where units and links of the diagram are; a link is met by its place alone, without the DOM. */

import type { WeightPlace } from "../../lib/protocol";

export interface Layout {
  width: number;
  height: number;
  /** The side of a unit's square. */
  size: number;
  /** The middle of each column: features, hidden layers, outputs. */
  columns: number[];
  /** The middle of each square of a column. */
  rows: number[][];
  /** The row of each input of the network among the features. */
  inputRows: number[];
}

/** Squares by the number of rows of the highest column: up to this many, so large. */
const SIZES: readonly (readonly [number, number])[] = [
  [8, 44],
  [12, 36],
  [20, 28],
  [Infinity, 21],
];
const EDGE = 14;

/**
 * Lay a network out in a box of this width, or of the least that it needs.
 *
 * @param counts squares in each column: features, hidden layers, outputs.
 * @param spacing the least distance of two columns.
 * @param label the room for a feature's name.
 */
export function layoutOf(
  counts: readonly number[],
  inputRows: readonly number[],
  width: number,
  spacing: number,
  label = 46,
): Layout {
  const most = Math.max(...counts);
  const size = SIZES.find(([rows]) => most <= rows)?.[1] ?? 21;
  const pitch = size + Math.max(4, Math.round(size * 0.24));
  const height = most * pitch + 8;
  const gaps = counts.length - 1;
  const first = label + size / 2;
  const between = Math.max((width - first - size / 2 - EDGE) / gaps, Math.max(spacing, size + 30));
  const rowsOf = (count: number) =>
    Array.from({ length: count }, (_, row) => height / 2 + (row - (count - 1) / 2) * pitch);
  return {
    width: Math.max(width, first + gaps * between + size / 2 + EDGE),
    height,
    size,
    columns: counts.map((_, c) => first + c * between),
    rows: counts.map(rowsOf),
    inputRows: [...inputRows],
  };
}

/** A unit's middle; layer -1 are the inputs. */
export function placeOfUnit(
  { columns, rows, inputRows }: Layout,
  layer: number,
  unit: number,
): [number, number] {
  const row = layer < 0 ? (inputRows[unit] ?? 0) : unit;
  return [columns[layer + 1] ?? 0, rows[layer + 1]?.[row] ?? 0];
}

/** A link's two ends: right of its source, left of its unit. */
export function endsOf(layout: Layout, layer: number, unit: number, input: number) {
  const [from, y0] = placeOfUnit(layout, layer - 1, input);
  const [to, y1] = placeOfUnit(layout, layer, unit);
  return { x0: from + layout.size / 2, y0, x1: to - layout.size / 2, y1 };
}

/** Where a bias is drawn: at the lower left of its unit. */
export function placeOfBias(layout: Layout, layer: number, unit: number): [number, number] {
  const [x, y] = placeOfUnit(layout, layer, unit);
  return [x - layout.size / 2 - 4, y + layout.size / 2 - 2];
}

/** The middle of a link, or the place of a bias. */
export function placeOfWeight(
  layout: Layout,
  { layer, unit, input }: WeightPlace,
): [number, number] {
  if (input === null) return placeOfBias(layout, layer, unit);
  const { x0, y0, x1, y1 } = endsOf(layout, layer, unit, input);
  return [(x0 + x1) / 2, (y0 + y1) / 2];
}

/**
 * The share of a link's rise at a share of its run, and its slope there.
 *
 * Links are Bézier curves with both control points half way: x = 1.5 t − 1.5 t² + t³ and
 * y = 3 t² − 2 t³.
 */
export function curveAt(x: number): { y: number; slope: number } {
  let [low, high] = [0, 1];
  for (let i = 0; i < 24; i++) {
    const t = (low + high) / 2;
    if (1.5 * t - 1.5 * t * t + t * t * t < x) low = t;
    else high = t;
  }
  const t = (low + high) / 2;
  return { y: 3 * t * t - 2 * t * t * t, slope: (6 * t - 6 * t * t) / (1.5 - 3 * t + 3 * t * t) };
}

/**
 * The weight at a place, at most `reach` pixels away; null where there is none.
 *
 * @param shape [inputs, units of each layer, outputs].
 */
export function weightAt(
  layout: Layout,
  shape: readonly number[],
  [x, y]: readonly [number, number],
  reach: number,
): WeightPlace | null {
  return biasAt(layout, shape, [x, y], reach) ?? linkAt(layout, shape, [x, y], reach);
}

function biasAt(
  layout: Layout,
  shape: readonly number[],
  [x, y]: readonly [number, number],
  reach: number,
): WeightPlace | null {
  const limit = Math.min(reach, layout.size / 4);
  for (let layer = 0; layer + 1 < shape.length; layer++) {
    for (let unit = 0; unit < (shape[layer + 1] ?? 0); unit++) {
      const [bx, by] = placeOfBias(layout, layer, unit);
      if (Math.hypot(bx - x, by - y) <= limit) return { layer, unit, input: null };
    }
  }
  return null;
}

function linkAt(
  layout: Layout,
  shape: readonly number[],
  [x, y]: readonly [number, number],
  reach: number,
): WeightPlace | null {
  let [best, least]: [WeightPlace | null, number] = [null, reach];
  for (let layer = 0; layer + 1 < shape.length; layer++) {
    const { x0, x1 } = endsOf(layout, layer, 0, 0);
    if (x < x0 || x > x1) continue;
    const { y: rise, slope } = curveAt((x - x0) / (x1 - x0));
    for (let unit = 0; unit < (shape[layer + 1] ?? 0); unit++) {
      for (let input = 0; input < (shape[layer] ?? 0); input++) {
        const { y0, y1 } = endsOf(layout, layer, unit, input);
        const steep = ((y1 - y0) / (x1 - x0)) * slope;
        const distance = Math.abs(y0 + (y1 - y0) * rise - y) / Math.hypot(1, steep);
        if (distance < least) [best, least] = [{ layer, unit, input }, distance];
      }
    }
  }
  return best;
}
