/** The state of the activations page. */

import { choice, hashCodec, number, optional } from "../../lib/hash";

export const NAMES = [
  { value: "identity", label: "Identity" },
  { value: "heaviside", label: "Heaviside step" },
  { value: "sigmoid", label: "Sigmoid" },
  { value: "tanh", label: "Tanh" },
  { value: "softsign", label: "Softsign" },
  { value: "relu", label: "ReLU" },
  { value: "leaky_relu", label: "Leaky ReLU" },
  { value: "prelu", label: "PReLU" },
  { value: "elu", label: "ELU" },
  { value: "softplus", label: "Softplus" },
  { value: "silu", label: "SiLU" },
  { value: "gelu", label: "GELU" },
  { value: "softmax", label: "Softmax (of x and 0)" },
  { value: "log_softmax", label: "Log-softmax (of x and 0)" },
] as const;

export type Name = (typeof NAMES)[number]["value"];

/** The number by which a function can be bent. */
export const ARGUMENTS: Partial<Record<Name, { label: string; usual: number; max: number }>> = {
  sigmoid: { label: "Steepness β", usual: 1, max: 5 },
  leaky_relu: { label: "Slope below 0", usual: 0.01, max: 1 },
  prelu: { label: "Slope below 0", usual: 0.25, max: 1 },
  elu: { label: "Depth α", usual: 1, max: 3 },
};

export const MOST_X = 6;
export const MOST_LAYERS = 30;

export interface State {
  first: Name;
  second: Name | null;
  /** Where they are bent; null as usual. */
  first_bent: number | null;
  second_bent: number | null;
  x: number;
  layers: number;
  weight: number;
}

export function defaultState(): State {
  return {
    first: "sigmoid",
    second: "relu",
    first_bent: null,
    second_bent: null,
    x: 1.5,
    layers: 10,
    weight: 1,
  };
}

/** How a chain's gradient ends: said of the product of its factors. */
export function verdict(product: number): string {
  const size = Math.abs(product);
  if (size === 0) return "no gradient comes through";
  if (size < 0.01) return "the gradient vanishes";
  if (size > 100) return "the gradient explodes";
  return "the gradient comes through";
}

/** How many powers of ten the products span, either way: two at least. */
export function reach(chain: readonly { product: number }[]): number {
  const sizes = chain.filter(({ product }) => product !== 0);
  return Math.max(2, ...sizes.map(({ product }) => Math.ceil(Math.abs(Math.log10(Math.abs(product))))));
}

const names = NAMES.map(({ value }) => value);
const bent = optional(number({ min: 0, max: 10 }));

export const codec = hashCodec<State>(
  {
    first: choice(names),
    second: optional(choice(names)),
    first_bent: bent,
    second_bent: bent,
    x: number({ min: -MOST_X, max: MOST_X }),
    layers: number({ min: 1, max: MOST_LAYERS, whole: true }),
    weight: number({ min: -5, max: 5 }),
  },
  defaultState(),
);
