/** The pictures of a frame: the output's, and those of single units. */

import { pictureAt, type Configured, type Frame, type Picture } from "../../lib/protocol";
import type { UnitPlace } from "./network.svelte";

/** What the output gives over the plane: one picture, or one for each class. */
export function outputPicture(frame: Frame | null): Picture | null {
  const output = frame?.runs[0]?.output ?? null;
  return output?.shape[0] === 1 ? pictureAt(output, 0) : output;
}

/** The picture of one class, in its colour: as all classes', of which the others are nowhere. */
export function classPicture(frame: Frame | null, unit: number): Picture | null {
  const output = frame?.runs[0]?.output;
  if (!output || unit >= (output.shape[0] ?? 0)) return null;
  const size = output.data.length / (output.shape[0] ?? 1);
  const data = new Uint8Array(output.data.length);
  data.set(output.data.subarray(unit * size, (unit + 1) * size), unit * size);
  return { shape: output.shape, data };
}

/** A unit's picture: in full where the frame has it, or else as small as in the diagram. */
export function unitPicture(
  frame: Frame | null,
  network: Configured | null,
  { layer, unit }: UnitPlace,
): Picture | null {
  const run = frame?.runs[0];
  if (run === undefined || network === null) return null;
  const { units, focus, output } = run;
  if (focus && frame?.focus?.[0] === layer && frame.focus[1] === unit) return focus;
  if (layer === network.shape.length - 2) return output && at(output, unit);
  const before = network.shape.slice(1, layer + 1).reduce((sum, count) => sum + count, 0);
  return units && at(units, before + unit);
}

function at(stack: Picture, index: number): Picture | null {
  return index < (stack.shape[0] ?? 0) ? pictureAt(stack, index) : null;
}
