/** The whole state of the network page in its URL: data, network, optimizer, weights, and view. */

import {
  ACTIVATIONS,
  DATA_NAMES,
  INITS,
  LIMITS,
  LOSSES,
  OPTIMIZERS,
  PENALTIES,
  PROBLEMS,
  REGRESSION_DATA,
  SCHEDULES,
  defaultConfig,
  decodeWeights,
  encodeWeights,
  problemOf,
  type Config,
  type Layer,
  type Own,
  type Variant,
} from "./protocol";
import {
  choice,
  flag,
  fromBase64Url,
  hashCodec,
  list,
  number,
  optional,
  text,
  toBase64Url,
  type Field,
  type Fields,
} from "./hash";
import { isName, readOwn, readVariants } from "./url-json";

/** What a page can be without, as in `hide=transport,data`. */
export const CONTROLS = [
  "transport",
  "speed",
  "learning_rate",
  "activation",
  "optimizer",
  "penalty",
  "problem",
  "loss",
  "init",
  "schedule",
  "batch_size",
  "seed",
  "data",
  "noise",
  "share",
  "own",
  "features",
  "layers",
  "show_test",
  "discretise",
  "chart",
  "metrics",
  "timeline",
  "stop",
  "variants",
  "inspect",
  "ladder",
  "export",
] as const;

export type ControlName = (typeof CONTROLS)[number];

/** What is seen, and how fast; none of it changes what is learned. */
export interface ViewSettings {
  show_test: boolean;
  discretise: boolean;
  /** Steps a second; null for as many as there can be. */
  speed: number | null;
}

export interface PageState {
  config: Config;
  variants: Variant[];
  weights: Float32Array | null;
  /** Places in the weights of those that are held. */
  frozen: number[];
  step: number;
  view: ViewSettings;
  /** The controls that aren't shown. */
  hide: ControlName[];
}

/** Characters that points of one's own may take. */
const MOST_OWN = 100_000;

/** Slow enough to see it learn: about as fast as TensorFlow Playground. */
const STEPS_PER_SECOND = 1500;

export function defaultState(): PageState {
  return {
    config: defaultConfig(),
    variants: [],
    weights: null,
    frozen: [],
    step: 0,
    view: { show_test: false, discretise: false, speed: STEPS_PER_SECOND },
    hide: [],
  };
}

function isControl(name: string): name is ControlName {
  return CONTROLS.some((one) => one === name);
}

/** The hash of a state, without "#" and without points that are too many for it. */
export function printState(state: PageState): string {
  const flat = flatten(state);
  return codec.print({ ...flat, own: flat.own !== null && fitsUrl(flat.own) ? flat.own : null });
}

/** Whether points of one's own have a place in the URL, which browsers cut where it is too long. */
export function fitsUrl(own: Own): boolean {
  return fields.own.print(own).length <= MOST_OWN;
}

/** The state of a hash; what can't be read has its default, and a line in `problems`. */
export function parseState(hash: string): { state: PageState; problems: string[] } {
  const { state: flat, problems } = codec.parse(hash);
  if (flat.data === "own" && flat.own === null) {
    problems.push("data: the points of one's own are missing");
    const { problem, data, features } = flatten(defaultState());
    Object.assign(flat, { problem, data, features, weights: null, frozen: [], step: 0 });
  }
  for (const name of flat.hide.filter((one) => !isControl(one))) {
    problems.push(`hide: “${name}” is no part of this page; there are ${CONTROLS.join(", ")}`);
  }
  const says = (key: string) => new RegExp(`(^#?|&)${key}=`).test(hash);
  if (!says("data") && flat.problem === "regression") flat.data = REGRESSION_DATA[0];
  if (!says("problem")) flat.problem = problemOf(flat.data);
  return { state: unflatten(flat), problems };
}

const seed = number({ min: 0, max: 2 ** 31 - 1, whole: true });
const share = number({ min: 0, max: 0.95 });
const belowOne = number({ min: 0, below: 1 });
const positive = number({ min: 0, max: 1e6 });
const count = number({ min: 1, max: 2 ** 53, whole: true });

const name: Field<string> = {
  parse(written) {
    const found = text.parse(written);
    if (!isName(found)) throw new Error("names have 60 letters at most");
    return found;
  },
  print: text.print,
};

/** A hidden layer as `4`, `4:relu`, or `4:relu:0.2`: units, activation, dropout. */
const layer: Field<Layer> = {
  parse(written) {
    const [units = "", activation = "tanh", dropout = "0", ...rest] = written.split(":");
    if (rest.length > 0) throw new Error(`units:activation:dropout is needed, not “${written}”`);
    return {
      units: number({ min: 1, max: LIMITS.units, whole: true }).parse(units),
      activation: choice(ACTIVATIONS).parse(activation),
      dropout: share.parse(dropout),
    };
  },
  print({ units, activation, dropout }) {
    if (dropout > 0) return `${units}:${activation}:${dropout}`;
    return activation === "tanh" ? `${units}` : `${units}:${activation}`;
  },
};

const weights: Field<Float32Array> = {
  parse(written) {
    const values = decodeWeights(fromBase64Url(written));
    if (!values.every(Number.isFinite)) throw new Error("weights must be finite");
    return values;
  },
  print: (values) => toBase64Url(encodeWeights(values)),
};

/** A value checked by `read` and written as escaped JSON, each but once: it may be large. */
function json<T extends object>(read: (value: unknown) => T): Field<T> {
  const known = new WeakMap<T, string>();
  return {
    parse: (written) => read(JSON.parse(decodeURIComponent(written))),
    print(value) {
      const written = known.get(value) ?? encodeURIComponent(JSON.stringify(value));
      known.set(value, written);
      return written;
    },
  };
}

type Flat = ReturnType<typeof flatten>;

const fields: Fields<Flat> = {
  problem: choice(PROBLEMS),
  data: choice(DATA_NAMES),
  n: number({ min: 10, max: LIMITS.points, whole: true }),
  noise: number({ min: 0, max: 50 }),
  share: number({ min: 10, max: 90, whole: true }),
  data_seed: seed,
  own: optional(json(readOwn)),
  features: list(name, { min: 1, max: LIMITS.columns + 5 }),
  layers: list(layer, { max: LIMITS.layers }),
  loss: choice(LOSSES),
  init: choice(INITS),
  optimizer: choice(OPTIMIZERS),
  momentum: share,
  rho: belowOne,
  beta_1: belowOne,
  beta_2: belowOne,
  weight_decay: positive,
  learning_rate: number({ above: 0, max: 1000 }),
  schedule: choice(SCHEDULES),
  schedule_epochs: number({ min: 1e-3, max: 1e6 }),
  schedule_factor: number({ min: 1e-6, max: 1 }),
  penalty: choice(PENALTIES),
  penalty_rate: positive,
  batch_size: number({ min: 1, max: LIMITS.points, whole: true }),
  seed,
  stop_epochs: optional(count),
  stop_loss: optional(positive),
  stop_patience: optional(count),
  variants: json(readVariants),
  show_test: flag,
  discretise: flag,
  speed: optional(number({ min: 0.1, max: 1e9 })),
  hide: list(text),
  step: number({ min: 0, max: 2 ** 53, whole: true }),
  weights: optional(weights),
  frozen: list(number({ min: 0, max: 10_000, whole: true }), { max: 10_000 }),
};

const codec = hashCodec(fields, flatten(defaultState()));

function flatten({ config, variants, weights, frozen, step, view, ...rest }: PageState) {
  const hide: string[] = rest.hide;
  const { data, optimizer, schedule, penalty, stop } = config;
  return {
    problem: config.problem,
    data: data.name,
    n: data.n,
    noise: data.noise,
    share: data.share,
    data_seed: data.seed,
    own: data.own,
    features: config.features,
    layers: config.layers,
    loss: config.loss,
    init: config.init,
    optimizer: optimizer.name,
    momentum: optimizer.momentum,
    rho: optimizer.rho,
    beta_1: optimizer.beta_1,
    beta_2: optimizer.beta_2,
    weight_decay: optimizer.weight_decay,
    learning_rate: config.learning_rate,
    schedule: schedule.name,
    schedule_epochs: schedule.epochs,
    schedule_factor: schedule.factor,
    penalty: penalty.name,
    penalty_rate: penalty.rate,
    batch_size: config.batch_size,
    seed: config.seed,
    stop_epochs: stop.epochs,
    stop_loss: stop.loss,
    stop_patience: stop.patience,
    variants,
    show_test: view.show_test,
    discretise: view.discretise,
    speed: view.speed,
    hide,
    step,
    weights,
    frozen,
  };
}

function unflatten(flat: Flat): PageState {
  return {
    config: {
      problem: flat.problem,
      data: {
        name: flat.data,
        n: flat.n,
        noise: flat.noise,
        share: flat.share,
        seed: flat.data_seed,
        own: flat.own,
      },
      features: flat.features,
      layers: flat.layers,
      loss: flat.loss,
      init: flat.init,
      optimizer: {
        name: flat.optimizer,
        momentum: flat.momentum,
        rho: flat.rho,
        beta_1: flat.beta_1,
        beta_2: flat.beta_2,
        weight_decay: flat.weight_decay,
      },
      learning_rate: flat.learning_rate,
      schedule: { name: flat.schedule, epochs: flat.schedule_epochs, factor: flat.schedule_factor },
      penalty: { name: flat.penalty, rate: flat.penalty_rate },
      batch_size: flat.batch_size,
      seed: flat.seed,
      stop: { epochs: flat.stop_epochs, loss: flat.stop_loss, patience: flat.stop_patience },
    },
    variants: flat.variants,
    weights: flat.weights,
    frozen: flat.frozen,
    step: flat.step,
    view: { show_test: flat.show_test, discretise: flat.discretise, speed: flat.speed },
    hide: flat.hide.filter(isControl),
  };
}
