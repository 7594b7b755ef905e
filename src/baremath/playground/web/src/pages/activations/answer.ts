import type { ShownStep } from "../../lib/steps";

export interface ChainLayer {
  z: number;
  a: number;
  factor: number;
  product: number;
}

export interface Described {
  name: string;
  title: string;
  argument: [string, number] | null;
  y: number[];
  slope: number[];
  value: number;
  derivative: number;
  saturated: boolean;
  flat: [number, number][];
  largest_slope: number;
  steps: ShownStep[];
  chain: ChainLayer[];
}

/** What `server/lectures/activations.py` answers. */
export interface Answer {
  x: number[];
  functions: Described[];
}
