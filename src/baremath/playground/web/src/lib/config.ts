/** What a page trains: mirrors `server/config.py`, names, ranges and defaults. */

export const LIMITS = {
  layers: 8,
  units: 32,
  points: 10_000,
  columns: 32,
  classes: 10,
  runs: 16,
} as const;

export const PROBLEMS = ["classification", "regression"] as const;
export const DATA_NAMES = [
  "circle",
  "xor",
  "gauss",
  "spiral",
  "three-spiral",
  "gates",
  "batman",
  "reg-plane",
  "reg-gauss",
  "own",
] as const;
/** Those whose targets are amounts. */
export const REGRESSION_DATA = ["reg-plane", "reg-gauss"] as const satisfies readonly DataName[];
export const ACTIVATIONS = [
  "linear",
  "relu",
  "leaky_relu",
  "elu",
  "gelu",
  "silu",
  "sigmoid",
  "softplus",
  "softsign",
  "tanh",
] as const;
export const LOSSES = ["squared", "cross-entropy"] as const;
export const INITS = ["playground", "xavier", "he", "zeros"] as const;
export const OPTIMIZERS = [
  "sgd",
  "momentum",
  "nesterov",
  "adagrad",
  "adadelta",
  "rmsprop",
  "adam",
  "adamw",
] as const;
export const SCHEDULES = [
  "constant",
  "step",
  "exponential",
  "inverse",
  "cosine",
  "warm-up",
] as const;
export const PENALTIES = ["none", "L1", "L2"] as const;

export type Problem = (typeof PROBLEMS)[number];
export type DataName = (typeof DATA_NAMES)[number];
export type Activation = (typeof ACTIVATIONS)[number];
export type Loss = (typeof LOSSES)[number];
export type Init = (typeof INITS)[number];
export type OptimizerName = (typeof OPTIMIZERS)[number];
export type ScheduleName = (typeof SCHEDULES)[number];
export type PenaltyName = (typeof PENALTIES)[number];

/** Points of the user's own: a row of `X` for each; `y` amounts or classes; `shown` two columns. */
export interface Own {
  columns: string[];
  X: number[][];
  y: (number | string)[];
  shown: [number, number];
  /** Whether columns are laid within the picture; false for points drawn there. */
  laid?: boolean;
}

/** The points; `noise` in percent, `share` in percent of them to learn from. */
export interface DataConfig {
  name: DataName;
  n: number;
  noise: number;
  share: number;
  seed: number;
  own: Own | null;
}

/** A hidden layer. */
export interface Layer {
  units: number;
  activation: Activation;
  dropout: number;
}

export interface OptimizerConfig {
  name: OptimizerName;
  momentum: number;
  rho: number;
  beta_1: number;
  beta_2: number;
  weight_decay: number;
}

export interface ScheduleConfig {
  name: ScheduleName;
  epochs: number;
  factor: number;
}

export interface Penalty {
  name: PenaltyName;
  rate: number;
}

/** When training pauses by itself; null is never. */
export interface Stop {
  epochs: number | null;
  loss: number | null;
  patience: number | null;
}

export interface Config {
  problem: Problem;
  data: DataConfig;
  features: string[];
  layers: Layer[];
  loss: Loss;
  init: Init;
  optimizer: OptimizerConfig;
  learning_rate: number;
  schedule: ScheduleConfig;
  penalty: Penalty;
  batch_size: number;
  seed: number;
  stop: Stop;
}

/** A second run: what is different of it. */
export interface Variant {
  label: string;
  learning_rate?: number | null;
  optimizer?: OptimizerConfig | null;
  penalty?: Penalty | null;
  batch_size?: number | null;
  layers?: Layer[] | null;
  loss?: Loss | null;
  init?: Init | null;
  schedule?: ScheduleConfig | null;
  activation?: Activation | null;
  features?: string[] | null;
}

/** All that is trained: the page's own run, and what is different of the others. */
export interface Settings {
  config: Config;
  variants: Variant[];
}

/** The problem that some data are for; those of one's own may be for either. */
export function problemOf(name: DataName): Problem {
  return REGRESSION_DATA.some((one) => one === name) ? "regression" : "classification";
}

export function defaultLayer(units = 4): Layer {
  return { units, activation: "tanh", dropout: 0 };
}

/** A fresh configuration, the server's default. */
export function defaultConfig(): Config {
  return {
    problem: "classification",
    data: { name: "circle", n: 500, noise: 0, share: 50, seed: 0, own: null },
    features: ["x1", "x2"],
    layers: [defaultLayer(4), defaultLayer(2)],
    loss: "squared",
    init: "playground",
    optimizer: {
      name: "sgd",
      momentum: 0.9,
      rho: 0.9,
      beta_1: 0.9,
      beta_2: 0.999,
      weight_decay: 0.01,
    },
    learning_rate: 0.03,
    schedule: { name: "constant", epochs: 100, factor: 0.5 },
    penalty: { name: "none", rate: 0 },
    batch_size: 10,
    seed: 0,
    stop: { epochs: null, loss: null, patience: null },
  };
}
