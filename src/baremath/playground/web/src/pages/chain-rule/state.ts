/** What the chain-rule page keeps in its URL: the expression, its names' values, how far it is. */

import { hashCodec, number, optional, text, type Field } from "../../lib/hash";

export interface ChainRuleState {
  expression: string;
  values: Record<string, number>;
  /** Steps of the walk; null for all. */
  step: number | null;
}

export interface Example {
  title: string;
  expression: string;
  values: Record<string, number>;
}

export const EXAMPLES: readonly Example[] = [
  { title: "Two ways for x", expression: "sin(x * y) + x^2", values: { x: 1.5, y: 0.8 } },
  {
    title: "A neuron",
    expression: "tanh(w1*x1 + w2*x2 + b)",
    values: { w1: 0.5, x1: 1, w2: -1.2, x2: 0.4, b: 0.1 },
  },
  {
    title: "Its squared loss",
    expression: "(tanh(w*x + b) - y)^2 / 2",
    values: { w: 0.7, x: 1.2, b: -0.3, y: 1 },
  },
  {
    title: "Cross-entropy of a logistic",
    expression: "-y * log(sigmoid(w*x + b)) - (1 - y) * log(1 - sigmoid(w*x + b))",
    values: { w: 1, x: 2, b: -1, y: 1 },
  },
  {
    title: "Two layers",
    expression: "v * relu(w*x + b) + c",
    values: { v: 1.5, w: 0.8, x: 1, b: 0.2, c: -0.5 },
  },
  {
    title: "Saturation",
    expression: "sigmoid(4 * sigmoid(4 * sigmoid(4 * x)))",
    values: { x: 1 },
  },
  { title: "A power of a power", expression: "(x^2 + 1)^y", values: { x: 1.2, y: 1.5 } },
];

const first = EXAMPLES[0] as Example;

/** Values as name:number, with commas between. */
const values: Field<Record<string, number>> = {
  parse(written) {
    const found: Record<string, number> = {};
    for (const pair of written === "" ? [] : written.split(",")) {
      const [name = "", value = ""] = pair.split(":");
      if (!/^[A-Za-z]\w{0,19}$/.test(name)) throw new Error(`“${name}” is no name`);
      found[name] = number({ min: -1e6, max: 1e6 }).parse(value);
    }
    return found;
  },
  print: (known) =>
    Object.entries(known)
      .map(([name, value]) => `${name}:${value}`)
      .join(","),
};

export const codec = hashCodec<ChainRuleState>(
  { expression: text, values, step: optional(number({ min: 0, max: 1000, whole: true })) },
  { expression: first.expression, values: first.values, step: null },
);
