/** A network's inputs: which there can be, how they are written, what they look like. */

import type { DataConfig, Picture } from "../../lib/protocol";

type Feature = (x1: number, x2: number) => number;

/** Functions of the first two columns, by the names that the server knows. */
const FUNCTIONS: Record<string, { label: string; spoken: string; value: Feature }> = {
  x1: { label: "x₁", spoken: "x1", value: (x1) => x1 },
  x2: { label: "x₂", spoken: "x2", value: (_, x2) => x2 },
  "x1^2": { label: "x₁²", spoken: "x1 squared", value: (x1) => x1 * x1 },
  "x2^2": { label: "x₂²", spoken: "x2 squared", value: (_, x2) => x2 * x2 },
  x1x2: { label: "x₁x₂", spoken: "x1 times x2", value: (x1, x2) => x1 * x2 },
  "sin x1": { label: "sin x₁", spoken: "sine of x1", value: (x1) => Math.sin(x1) },
  "sin x2": { label: "sin x₂", spoken: "sine of x2", value: (_, x2) => Math.sin(x2) },
};
const DERIVED = Object.keys(FUNCTIONS).slice(2);

/** All features that there are for some data, in the order in which they stand. */
export function featuresOf({ name, own }: DataConfig): string[] {
  const columns = name === "own" && own !== null ? own.columns.length : 2;
  const plain = Array.from({ length: columns }, (_, k) => `x${k + 1}`);
  return columns < 2 ? plain : [...plain, ...DERIVED];
}

/** How a feature is written: a column of one's own by its name. */
export function featureLabel(name: string, { name: data, own }: DataConfig): string {
  const column = data === "own" ? own?.columns[columnOf(name) ?? -1] : undefined;
  return column ?? FUNCTIONS[name]?.label ?? name;
}

export function featureSpoken(name: string, data: DataConfig): string {
  const label = featureLabel(name, data);
  return label === FUNCTIONS[name]?.label ? FUNCTIONS[name].spoken : label;
}

/** What a feature is at a place of the square [-6, 6]² of two columns; others are in the middle. */
export function featureAt(
  name: string,
  [across, up]: readonly [number, number],
  shown: readonly [number, number] = [0, 1],
): number {
  const at = (index: number) => (index === shown[0] ? across : index === shown[1] ? up : 0);
  const column = columnOf(name);
  return column === null ? (FUNCTIONS[name]?.value(at(0), at(1)) ?? 0) : at(column);
}

/** The picture of a feature over that square; its largest amount is 1. */
export function featurePicture(
  name: string,
  side: number,
  shown?: readonly [number, number],
): Picture {
  const values = new Float32Array(side * side);
  const centre = (i: number) => (((i + 0.5) / side) * 2 - 1) * 6;
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) {
      values[row * side + column] = featureAt(name, [centre(column), -centre(row)], shown);
    }
  }
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0) || 1;
  const data = Uint8Array.from(values, (value) => Math.round((value / largest + 1) * 127.5));
  return { shape: [side, side], data };
}

function columnOf(name: string): number | null {
  const found = /^x(\d+)$/.exec(name);
  return found ? Number(found[1]) - 1 : null;
}
