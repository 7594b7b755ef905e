/** How settings are called on the page. */

import type {
  Activation,
  DataName,
  Init,
  PenaltyName,
  Problem,
  ScheduleName,
  WeightPlace,
} from "../../lib/protocol";

export const DATA_LABELS: Record<DataName, string> = {
  circle: "Circle",
  xor: "Exclusive or",
  gauss: "Two clouds",
  spiral: "Spiral",
  "three-spiral": "Three spirals",
  gates: "XOR gate",
  batman: "Batman",
  "reg-plane": "Plane",
  "reg-gauss": "Hills",
  own: "Own data",
};

export const ACTIVATION_LABELS: Record<Activation, string> = {
  tanh: "tanh",
  relu: "ReLU",
  sigmoid: "sigmoid",
  linear: "linear",
  leaky_relu: "leaky ReLU",
  elu: "ELU",
  gelu: "GELU",
  silu: "SiLU",
  softplus: "softplus",
  softsign: "softsign",
};

export const INIT_LABELS: Record<Init, string> = {
  playground: "Uniform ±0.5",
  xavier: "Xavier",
  he: "He",
  zeros: "Zeros",
};

export const SCHEDULE_LABELS: Record<ScheduleName, string> = {
  constant: "Constant",
  step: "In steps",
  exponential: "Exponential",
  inverse: "Inverse time",
  cosine: "Cosine",
  "warm-up": "Warm-up",
};

export const PENALTY_LABELS: Record<PenaltyName, string> = { none: "None", L1: "L1", L2: "L2" };

export const PROBLEM_LABELS: Record<Problem, string> = {
  classification: "Classification",
  regression: "Regression",
};

/** The options of a select, in the order of their labels here. */
export function optionsOf<T extends string>(labels: Record<T, string>) {
  return (Object.keys(labels) as T[]).map((value) => ({ value, label: labels[value] }));
}

/** A unit as a reader calls it: layers and units are counted from 1. */
export function unitName(layer: number, unit: number, outputs: readonly string[], layers: number) {
  if (layer < layers) return `unit ${unit + 1} of layer ${layer + 1}`;
  return outputs.length > 1 ? `output ${outputs[unit] ?? unit + 1}` : "the output";
}

export function weightName(
  { layer, unit, input }: WeightPlace,
  inputs: readonly string[],
  outputs: readonly string[],
  layers: number,
): string {
  const target = unitName(layer, unit, outputs, layers);
  if (input === null) return `Bias of ${target}`;
  const source = layer === 0 ? (inputs[input] ?? "") : unitName(layer - 1, input, outputs, layers);
  return `Weight from ${source} to ${target}`;
}

export function samePlace(a: WeightPlace | null, b: WeightPlace | null): boolean {
  return a?.layer === b?.layer && a?.unit === b?.unit && a?.input === b?.input;
}
