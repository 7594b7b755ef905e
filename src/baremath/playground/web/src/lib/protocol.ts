/** Everything that goes over the wire: text messages, binary messages, and what they hold. */

import type { Container, NamedArray } from "./binary";
import type { Problem } from "./config";

export * from "./binary";
export * from "./config";
export * from "./messages";

/** Bytes 0 to 255 over a square: `shape` [rows, columns] or [pictures, rows, columns]. */
export interface Picture {
  shape: number[];
  data: Uint8Array;
}

export interface Points {
  n: number;
  problem: Problem;
  columns: [string, string];
  domain: [[number, number], [number, number]];
  classes: string[] | null;
  y_range: [number, number];
  /** (n, 2), in [-6, 6]. */
  X: Float32Array;
  y: Float32Array;
  /** 1 for a point that is learned from, 0 for one to test with. */
  train: Uint8Array;
  features: Picture;
}

interface RunFigures {
  label: string;
  step: number;
  epoch: number;
  train_loss: number | null;
  test_loss: number | null;
  train_accuracy: number | null;
  test_accuracy: number | null;
  r2: number | null;
  learning_rate: number;
  /** Why it has stopped by itself; empty while it goes on. */
  failed: string;
}

/** One run at one moment. */
export interface Run extends RunFigures {
  weights: Float32Array;
  /** 1 for a weight that is held; null when none is. */
  frozen: Uint8Array | null;
  /** A picture for each hidden unit, layer by layer; the first run's only. */
  units: Picture | null;
  output: Picture | null;
  focus: Picture | null;
  /** (m, 3): step, train loss, test loss; those since the last frame. */
  losses: Float64Array;
  /** Rows are true classes, columns predicted ones, of the test data. */
  confusion: { shape: number[]; data: Int32Array } | null;
}

export interface Frame {
  seq: number;
  running: boolean;
  steps_per_second: number;
  runs: Run[];
  focus: [number, number] | null;
  branch: number;
}

/** Read a container of type "points". */
export function readPoints(container: Container): Points {
  expectType(container, "points");
  const { header, arrays } = container;
  return {
    ...(header as unknown as Omit<Points, "X" | "y" | "train" | "features">),
    X: take(arrays, "X", Float32Array).data,
    y: take(arrays, "y", Float32Array).data,
    train: take(arrays, "train", Uint8Array).data,
    features: take(arrays, "features", Uint8Array),
  };
}

/** Read a container of type "frame". */
export function readFrame(container: Container): Frame {
  expectType(container, "frame");
  const header = container.header as unknown as Omit<Frame, "runs"> & { runs: RunFigures[] };
  return { ...header, runs: header.runs.map((figures, r) => readRun(figures, r, container)) };
}

function readRun(figures: RunFigures, r: number, { arrays }: Container): Run {
  return {
    ...figures,
    weights: take(arrays, `${r}/weights`, Float32Array).data,
    frozen: find(arrays, `${r}/frozen`, Uint8Array)?.data ?? null,
    units: find(arrays, `${r}/units`, Uint8Array),
    output: find(arrays, `${r}/output`, Uint8Array),
    focus: find(arrays, `${r}/focus`, Uint8Array),
    losses: find(arrays, `${r}/losses`, Float64Array)?.data ?? new Float64Array(),
    confusion: find(arrays, `${r}/confusion`, Int32Array),
  };
}

type Constructor<A> = abstract new (...values: never[]) => A;
type Found<A> = { shape: number[]; data: A };

function find<A>(
  arrays: Record<string, NamedArray>,
  name: string,
  Kind: Constructor<A>,
): Found<A> | null {
  const found = arrays[name];
  if (found === undefined) return null;
  if (!(found.data instanceof Kind)) throw new Error(`array ${name} must be a ${Kind.name}`);
  return found as Found<A>;
}

function take<A>(arrays: Record<string, NamedArray>, name: string, Kind: Constructor<A>): Found<A> {
  const found = find(arrays, name, Kind);
  if (found === null) throw new Error(`the message lacks the array ${name}`);
  return found;
}

function expectType({ header }: Container, type: string): void {
  if (header.type !== type) throw new Error(`expected a ${type} message, got ${header.type}`);
}

/** Where a weight stands among the flat ones of a network of this `shape`; `input` null: bias. */
export function weightIndex(
  shape: readonly number[],
  layer: number,
  unit: number,
  input: number | null,
): number {
  let start = 0;
  for (let l = 0; l < layer; l++) start += (size(shape, l) + 1) * size(shape, l + 1);
  const inputs = size(shape, layer);
  return start + (input === null ? inputs * size(shape, layer + 1) + unit : unit * inputs + input);
}

function size(shape: readonly number[], index: number): number {
  const found = shape[index];
  if (found === undefined) throw new Error(`the network has no layer ${index}`);
  return found;
}

/** Picture `index` of a stack of pictures. */
export function pictureAt(stack: Picture, index: number): Picture {
  const [count = 0, rows = 0, columns = 0] = stack.shape;
  if (index < 0 || index >= count) throw new Error(`there are ${count} pictures, not ${index + 1}`);
  const start = index * rows * columns;
  return { shape: [rows, columns], data: stack.data.subarray(start, start + rows * columns) };
}
