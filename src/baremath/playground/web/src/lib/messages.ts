/** What page and server say to each other as text: mirrors `server/messages.py`. */

import type { Config, Variant } from "./config";

/** A point that is looked at: one of the data, or any other by its inputs. */
interface Looked {
  sample?: number | null;
  point?: number[] | null;
}

/** A weight: the input's of a unit, or its bias where `input` is null. */
export interface WeightPlace {
  layer: number;
  unit: number;
  input: number | null;
}

export interface Commands {
  configure: {
    config: Config;
    variants?: Variant[];
    weights?: string | null;
    frozen?: number[];
    step?: number;
  };
  play: object;
  pause: object;
  step: { unit: "sample" | "batch" | "epoch" };
  reset: object;
  speed: { steps_per_second: number | null };
  set_weight: WeightPlace & { value: number };
  freeze: WeightPlace & { frozen: boolean };
  seek: { step: number; branch?: number | null };
  bookmark: { name: string };
  unbookmark: { branch: number; step: number };
  adopt: { run: number };
  inspect: Looked;
  formula: Looked & { layer: number; unit: number };
  learn: { sample: number };
  focus: { layer: number | null; unit?: number };
  export: { what: "python" | "model" };
  view: { visible: boolean };
}

export type CommandName = keyof Commands;

export interface Welcome {
  type: "welcome";
  version: string;
  /** What the server was started with: the data of its command line. */
  begin: Config | null;
}

export interface Configured {
  type: "configured";
  re: number;
  shape: number[];
  inputs: string[];
  outputs: string[];
  activations: string[];
  n_weights: number;
  /** Whether the first weights have been drawn anew. */
  redrawn: boolean;
  /** Their labels; the first is the page's own, without one. */
  runs: string[];
  config: Config;
  variants: Variant[];
  step: number;
}

interface Done {
  type: "done";
  re: number;
}

/**
 * One layer's numbers for one point; `[u]` per unit, `[u][i]` per unit and input.
 *
 * Gradients are null without a target; `da` also where the loss is a function of the sums.
 */
export interface InspectedLayer {
  z: number[];
  a: number[];
  dz: number[] | null;
  da: number[] | null;
  dw: number[][] | null;
  /** What the penalty adds to `dw`; null where there is none. */
  penalty_dw: number[][] | null;
  db: number[] | null;
  w: number[][];
  b: number[];
  new_w: number[][] | null;
  new_b: number[] | null;
}

export interface Inspected {
  type: "inspected";
  re: number;
  sample: number | null;
  inputs: number[];
  target: number[] | null;
  prediction: number[];
  loss: number | null;
  layers: InspectedLayer[];
}

/** Formulas of one unit as MathML, and as plain text. */
export interface FormulaReply {
  type: "formula";
  re: number;
  layer: number;
  unit: number;
  forward: string;
  backward: string | null;
  update: string | null;
  text: string;
}

export interface Exported {
  type: "exported";
  re: number;
  filename: string;
  mime: string;
  content: string;
}

export interface Branch {
  id: number;
  parent: number | null;
  from_step: number;
  first_step: number;
  last_step: number;
}

export interface Timeline {
  type: "timeline";
  branches: Branch[];
  current: number;
  bookmarks: { branch: number; step: number; name: string }[];
}

export interface Diverged {
  type: "diverged";
  message: string;
  /** Which run: 0 is the page's own, the others are its variants. */
  run: number;
  step: number;
  layer: number | null;
  /** The operation whose number was the first that isn't finite. */
  operation: string;
  learning_rate: number | null;
  went_back_to: number;
}

export type ServerMessage =
  | Welcome
  | Configured
  | Done
  | Inspected
  | FormulaReply
  | Exported
  | Timeline
  | Diverged
  | { type: "stopped"; reason: string }
  | { type: "error"; re: number; message: string }
  | { type: "goodbye"; reason: string };

/** What each command is answered by. */
export type ReplyTo<C extends CommandName> = C extends "configure" | "seek" | "adopt"
  ? Configured
  : C extends "inspect"
    ? Inspected
    : C extends "formula"
      ? FormulaReply
      : C extends "export"
        ? Exported
        : Done;
