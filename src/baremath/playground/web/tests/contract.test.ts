/** The page's side of what it and the server say to each other, against the server's own. */

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { describe, expect, test } from "vitest";

import {
  ACTIVATIONS,
  DATA_NAMES,
  INITS,
  LIMITS,
  LOSSES,
  OPTIMIZERS,
  PENALTIES,
  PROBLEMS,
  SCHEDULES,
  defaultConfig,
  type Branch,
  type CommandName,
  type Commands,
  type Configured,
  type Diverged,
  type Exported,
  type FormulaReply,
  type Inspected,
  type InspectedLayer,
  type Timeline,
} from "../src/lib/protocol";
import { parseState } from "../src/lib/url";

interface Range {
  type?: string;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
}

interface Property extends Range {
  default?: unknown;
  enum?: string[];
  anyOf?: Range[];
  items?: Property;
  maxItems?: number;
}

interface Contract {
  commands: Record<string, { properties: Record<string, Property> }>;
  limits: Record<string, number>;
  replies: Record<string, Record<string, Record<string, null> | null>>;
}

const GOLDEN = "../../../../../tests/playground/golden/contract.json";
const text = readFileSync(fileURLToPath(new URL(GOLDEN, import.meta.url)), "utf-8");
const { commands, limits, replies } = JSON.parse(text) as Contract;

function property(path: string): Property {
  const [name = "", key = ""] = path.split(".");
  const found = commands[name]?.properties[key];
  if (found === undefined) throw new Error(`the server has no ${path}`);
  return found;
}

type Keys<T> = Record<keyof T, true>;

const place: Keys<{ layer: 0; unit: 0; input: 0 }> = { layer: true, unit: true, input: true };
const looked: Keys<Commands["inspect"]> = { sample: true, point: true };
const said: { [C in CommandName]: Keys<Commands[C]> } = {
  configure: { config: true, variants: true, weights: true, frozen: true, step: true },
  play: {},
  pause: {},
  step: { unit: true },
  reset: {},
  speed: { steps_per_second: true },
  set_weight: { ...place, value: true },
  freeze: { ...place, frozen: true },
  seek: { step: true, branch: true },
  bookmark: { name: true },
  unbookmark: { branch: true, step: true },
  adopt: { run: true },
  inspect: looked,
  formula: { ...looked, layer: true, unit: true },
  learn: { sample: true },
  focus: { layer: true, unit: true },
  export: { what: true },
  view: { visible: true },
};

describe("what the page says", () => {
  const own = Object.values(commands).flatMap(({ properties }) => {
    const [type] = properties.type?.enum ?? [];
    return type === undefined || type === "ack" ? [] : [{ type, properties }];
  });

  test.each(own)("has the server's words: $type", ({ type, properties }) => {
    const keys = Object.keys(properties).filter((key) => key !== "type" && key !== "id");
    expect(Object.keys(said[type as CommandName]).sort()).toEqual(keys.sort());
  });

  test("is all that the server knows", () => {
    expect(Object.keys(said).sort()).toEqual(own.map(({ type }) => type).sort());
  });

  test.each([
    ["Config.problem", PROBLEMS],
    ["Config.loss", LOSSES],
    ["Config.init", INITS],
    ["DataConfig.name", DATA_NAMES],
    ["Layer.activation", ACTIVATIONS],
    ["OptimizerConfig.name", OPTIMIZERS],
    ["ScheduleConfig.name", SCHEDULES],
    ["Penalty.name", PENALTIES],
  ])("has the same choices: %s", (path, names) => {
    expect([...names].sort()).toEqual(property(path).enum);
  });

  test("begins with the same settings, within the same limits", () => {
    expect(defaultConfig()).toEqual(property("Configure.config").default);
    expect(limits).toMatchObject(LIMITS);
  });
});

const configured: Keys<Configured> = {
  type: true,
  re: true,
  shape: true,
  inputs: true,
  outputs: true,
  activations: true,
  n_weights: true,
  redrawn: true,
  runs: true,
  config: true,
  variants: true,
  step: true,
};
const timeline: Keys<Timeline> = { type: true, branches: true, current: true, bookmarks: true };
const branch: Keys<Branch> = {
  id: true,
  parent: true,
  from_step: true,
  first_step: true,
  last_step: true,
};
const inspected: Keys<Inspected> = {
  type: true,
  re: true,
  sample: true,
  inputs: true,
  target: true,
  prediction: true,
  loss: true,
  layers: true,
};
const layer: Keys<InspectedLayer> = {
  z: true,
  a: true,
  dz: true,
  da: true,
  dw: true,
  penalty_dw: true,
  db: true,
  w: true,
  b: true,
  new_w: true,
  new_b: true,
};
const formula: Keys<FormulaReply> = {
  type: true,
  re: true,
  layer: true,
  unit: true,
  forward: true,
  backward: true,
  update: true,
  text: true,
};
const exported: Keys<Exported> = {
  type: true,
  re: true,
  filename: true,
  mime: true,
  content: true,
};
const diverged: Keys<Diverged> = {
  type: true,
  message: true,
  run: true,
  step: true,
  layer: true,
  operation: true,
  learning_rate: true,
  went_back_to: true,
};

test.each([
  ["configured", configured, replies.configured],
  ["timeline", timeline, replies.timeline],
  ["branch", branch, replies.timeline?.branches],
  ["inspected", inspected, replies.inspected],
  ["layer", layer, replies.inspected?.layers],
  ["formula", formula, replies.formula],
  ["exported", exported, replies.exported],
  ["diverged", diverged, replies.diverged],
])("what the page is told has the server's words: %s", (_, keys, told) => {
  expect(Object.keys(keys).sort()).toEqual(Object.keys(told ?? {}).sort());
});

/** The least step from a bound that tells a number within from one without. */
function beside(bound: number, whole: boolean): number {
  return whole ? Math.max(1, Math.abs(bound) * Number.EPSILON * 2) : Math.max(1e-9, bound * 1e-9);
}

/** Numbers at the ends of a range: those within, and those just without. */
function ends({ type, ...range }: Range): { within: number[]; without: number[] } {
  const { minimum: min, maximum: max, exclusiveMinimum: above, exclusiveMaximum: below } = range;
  const [within, without]: [number[], number[]] = [[], []];
  const step = (bound: number) => beside(bound, type === "integer");
  const add = (inner: number, outer: number) => [within.push(inner), without.push(outer)];
  if (min !== undefined) add(min, min - step(min));
  if (max !== undefined) add(max, max + step(max));
  if (above !== undefined) add(above + step(above), above);
  if (below !== undefined) add(below - step(below), below);
  return { within, without };
}

test.each([
  ["n", "DataConfig.n"],
  ["noise", "DataConfig.noise"],
  ["share", "DataConfig.share"],
  ["data_seed", "DataConfig.seed"],
  ["momentum", "OptimizerConfig.momentum"],
  ["rho", "OptimizerConfig.rho"],
  ["beta_1", "OptimizerConfig.beta_1"],
  ["beta_2", "OptimizerConfig.beta_2"],
  ["weight_decay", "OptimizerConfig.weight_decay"],
  ["learning_rate", "Config.learning_rate"],
  ["schedule_epochs", "ScheduleConfig.epochs"],
  ["schedule_factor", "ScheduleConfig.factor"],
  ["penalty_rate", "Penalty.rate"],
  ["batch_size", "Config.batch_size"],
  ["seed", "Config.seed"],
  ["stop_epochs", "Stop.epochs"],
  ["stop_loss", "Stop.loss"],
  ["stop_patience", "Stop.patience"],
  ["speed", "Speed.steps_per_second"],
  ["step", "Configure.step"],
  ["layers", "Layer.units"],
  ["layers=4:tanh:", "Layer.dropout"],
])("the address takes for %s what the server does", (key, path) => {
  const { anyOf, ...range } = property(path);
  const { within, without } = ends(anyOf?.find(({ type }) => type !== "null") ?? range);
  const problems = (value: number) =>
    parseState(`#${key.includes("=") ? key : `${key}=`}${value}`).problems;
  expect(within.length).toBe(2);
  for (const value of within) expect(problems(value)).toEqual([]);
  for (const value of without) expect(problems(value)).toHaveLength(1);
});
