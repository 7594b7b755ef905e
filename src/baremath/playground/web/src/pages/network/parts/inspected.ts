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

/** Where a layer has more links than this, only those of one unit are told. */
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
 * The weight of each link that the stage is about, at the update the new one, and its gradient.
 *
 * @param chosen the unit whose links are told where there are too many.
 */
export function linkNotes(
  found: Inspected,
  stage: Stage,
  layout: Layout,
  chosen: { layer: number; unit: number } | null,
): Note[] {
  return found.layers.flatMap(({ w, dw, new_w }, layer) => {
    const told = toldOf(stage, layer);
    if (!told.active) return [];
    const many = w.length * (w[0]?.length ?? 0) > MOST_LINKS;
    return w.flatMap((row, unit) => {
      if (many && !(chosen?.layer === layer && chosen.unit === unit)) return [];
      return row.map((weight, input) => {
        const { x0, y0, x1, y1 } = endsOf(layout, layer, unit, input);
        const share = shareOf(unit, input, row.length);
        return {
          key: `${layer} ${unit} ${input}`,
          x: x0 + (x1 - x0) * share,
          y: y0 + (y1 - y0) * curveAt(share).y,
          value: told.update ? (new_w?.[unit]?.[input] ?? weight) : weight,
          gradient: told.gradients ? (dw?.[unit]?.[input] ?? null) : null,
        };
      });
    });
  });
}

/** Where along a link its numbers stand: those of neighbours are apart. */
function shareOf(unit: number, input: number, inputs: number): number {
  const place = (input + (unit % 2) / 2) / Math.max(1, inputs - 0.5);
  return 0.3 + 0.42 * place;
}
