/** Numbers of one point's way through the network, as the diagram writes them beside its parts. */

import type { Inspected } from "../../../lib/protocol";
import { curveAt, endsOf, placeOfUnit, type Layout } from "../layout";
import { toldOf, type Stage } from "./stages";

/** Numbers that stand at a place of the diagram; null where they aren't told yet. */
export interface Note {
  key: string;
  x: number;
  y: number;
  value: number | null;
  gradient: number | null;
}

/** Where a layer has more links than this, or no room for them, only those of one unit are told. */
const MOST_LINKS = 32;

/** What comes into a layer: the network's inputs, or what the layer before gives. */
export function inputValues(found: Inspected, layer: number): number[] {
  return layer === 0 ? found.inputs : (found.layers[layer - 1]?.a ?? []);
}

/** What each unit gives, and its share of the loss; the inputs' values too. */
export function unitNotes(found: Inspected, stage: Stage, layout: Layout): Note[] {
  const inputs = found.inputs.map((value, unit) => {
    const [x, y] = placeOfUnit(layout, -1, unit);
    return { key: `-1 ${unit}`, x, y, value, gradient: null };
  });
  const units = found.layers.flatMap(({ a, dz }, layer) => {
    const told = toldOf(stage, layer);
    return a.map((value, unit) => {
      const [x, y] = placeOfUnit(layout, layer, unit);
      const gradient = told.gradients ? (dz?.[unit] ?? null) : null;
      return { key: `${layer} ${unit}`, x, y, value: told.values ? value : null, gradient };
    });
  });
  return [...inputs, ...units];
}

/**
 * The weight of each link that the stage is about, and its gradient; at the update the new weight,
 * and the penalty's part of the gradient with the loss's.
 *
 * @param chosen the unit whose links are told where there are too many.
 */
export function linkNotes(
  found: Inspected,
  stage: Stage,
  layout: Layout,
  chosen: { layer: number; unit: number } | null,
): Note[] {
  const placed: Place[] = [];
  return found.layers.flatMap(({ w, dw, penalty_dw, new_w }, layer) => {
    const told = toldOf(stage, layer);
    if (!told.active) return [];
    const { x0, x1 } = endsOf(layout, layer, 0, 0);
    const many = w.length * (w[0]?.length ?? 0) > MOST_LINKS || x1 - x0 < 2 * APART.x;
    return w.flatMap((row, unit) => {
      if (many && !(chosen?.layer === layer && chosen.unit === unit)) return [];
      return row.map((weight, input) => {
        const gradient = dw?.[unit]?.[input] ?? null;
        const penalty = told.update ? (penalty_dw?.[unit]?.[input] ?? 0) : 0;
        const place = freePlace(endsOf(layout, layer, unit, input), placed);
        placed.push(place);
        return {
          key: `${layer} ${unit} ${input}`,
          ...place,
          value: told.update ? (new_w?.[unit]?.[input] ?? weight) : weight,
          gradient: told.gradients && gradient !== null ? gradient + penalty : null,
        };
      });
    });
  });
}

type Place = { x: number; y: number };

/** How far apart two notes must be, so that neither covers the other. */
const APART = { x: 44, y: 26 };
/** Where along a link a note may be, the best places first. */
const SHARES = [0.5, 0.56, 0.44, 0.62, 0.38, 0.68, 0.32, 0.74, 0.26, 0.8, 0.2, 0.86, 0.14];

/** The first place along a link that is free, or else the one that is least covered. */
function freePlace(
  { x0, y0, x1, y1 }: ReturnType<typeof endsOf>,
  placed: readonly Place[],
): Place {
  let [best, least]: [Place, number] = [{ x: x0, y: y0 }, Infinity];
  for (const share of SHARES) {
    const place = { x: x0 + (x1 - x0) * share, y: y0 + (y1 - y0) * curveAt(share).y };
    const covered = placed.reduce((sum, other) => sum + overlap(place, other), 0);
    if (covered < least) [best, least] = [place, covered];
  }
  return best;
}

/** How much of one note another covers. */
function overlap(one: Place, other: Place): number {
  const across = Math.max(0, APART.x - Math.abs(one.x - other.x));
  return across * Math.max(0, APART.y - Math.abs(one.y - other.y));
}
