/** Runs that differ in one thing, or in two: what can differ, and the grid of them. */

import {
  LIMITS,
  LOSSES,
  defaultLayer,
  type Config,
  type Layer,
  type Variant,
} from "../../../lib/protocol";
import { formatSetting } from "../../../lib/format";
import { RULES } from "../../../lib/rules";
import { ACTIVATION_LABELS, INIT_LABELS, SCHEDULE_LABELS, optionsOf } from "../words";

/** One value of what differs. */
export interface Option {
  label: string;
  apply: (config: Config) => Config;
}

/** Something that can differ; `options` are its values to choose from, the present one included. */
export interface Aspect {
  name: string;
  label: string;
  options: (config: Config) => Option[];
}

/** A surface of a sweep; run 0, whose variant is null, is the page's own. */
export interface Cell {
  label: string;
  variant: Variant | null;
}

/** All surfaces of a sweep; `columns` of them in a row, or null where they are one after another. */
export interface Grid {
  cells: Cell[];
  columns: number | null;
}

const KEYS = [
  "learning_rate",
  "optimizer",
  "penalty",
  "batch_size",
  "layers",
  "loss",
  "init",
  "schedule",
  "features",
] as const satisfies readonly (keyof Variant & keyof Config)[];

export const ASPECTS: readonly Aspect[] = [
  {
    name: "learning_rate",
    label: "Learning rate",
    options: ({ learning_rate }) =>
      amounts([0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3], learning_rate).map((value) =>
        option(formatSetting(value), { learning_rate: value }),
      ),
  },
  {
    name: "optimizer",
    label: "Optimizer",
    options: () =>
      RULES.map(({ value: name, label }) => ({
        label,
        apply: (config) => ({ ...config, optimizer: { ...config.optimizer, name } }),
      })),
  },
  {
    name: "activation",
    label: "Activation",
    options: ({ layers }) => [
      ...mixed(layers),
      ...optionsOf(ACTIVATION_LABELS).map(({ value: activation, label }) => ({
        label,
        apply: eachLayer((layer) => ({ ...layer, activation })),
      })),
    ],
  },
  {
    name: "penalty",
    label: "Regularisation",
    options: ({ penalty }) => [
      option("none", {
        penalty: { name: "none", rate: penalty.name === "none" ? penalty.rate : 0 },
      }),
      ...(["L1", "L2"] as const).flatMap((name) =>
        amounts([0.001, 0.003, 0.01, 0.03, 0.1], penalty.name === name ? penalty.rate : 0.01).map(
          (rate) => option(`${name} ${formatSetting(rate)}`, { penalty: { name, rate } }),
        ),
      ),
    ],
  },
  {
    name: "batch_size",
    label: "Batch size",
    options: ({ batch_size }) =>
      amounts([1, 2, 5, 10, 20, 50, 100, 250], batch_size).map((value) =>
        option(formatSetting(value), { batch_size: value }),
      ),
  },
  {
    name: "depth",
    label: "Hidden layers",
    options: ({ layers }) =>
      Array.from({ length: LIMITS.layers + 1 }, (_, depth) =>
        option(`${depth} ${depth === 1 ? "layer" : "layers"}`, { layers: ofDepth(layers, depth) }),
      ),
  },
  {
    name: "width",
    label: "Units of each layer",
    options: ({ layers }) => [
      ...(new Set(layers.map(({ units }) => units)).size > 1 ? [asItIs(shapeOf(layers))] : []),
      ...amounts([1, 2, 3, 4, 6, 8, 16, 32], layers[0]?.units ?? 4).map((units) => ({
        label: `${units} ${units === 1 ? "unit" : "units"}`,
        apply: eachLayer((layer) => ({ ...layer, units })),
      })),
    ],
  },
  {
    name: "init",
    label: "First weights",
    options: () => optionsOf(INIT_LABELS).map(({ value, label }) => option(label, { init: value })),
  },
  {
    name: "loss",
    label: "Loss",
    options: ({ problem }) =>
      LOSSES.slice(0, problem === "regression" ? 1 : 2).map((loss) => option(loss, { loss })),
  },
  {
    name: "schedule",
    label: "Rate over time",
    options: () =>
      optionsOf(SCHEDULE_LABELS).map(({ value: name, label }) => ({
        label,
        apply: (config) => ({ ...config, schedule: { ...config.schedule, name } }),
      })),
  },
];

/** What is different of a configuration, as far as a variant can say it. */
export function differing(base: Config, changed: Config): Omit<Variant, "label"> {
  const different = KEYS.filter((key) => !isEqual(base[key], changed[key]));
  return Object.fromEntries(different.map((key) => [key, changed[key]]));
}

/** The configuration of a variant; mirrors `varied` of the server. */
export function varied(config: Config, { label: _, activation, ...rest }: Variant): Config {
  const given = Object.entries(rest).filter(([, value]) => value !== null && value !== undefined);
  const changed: Config = { ...config, ...Object.fromEntries(given) };
  return activation ? eachLayer((layer) => ({ ...layer, activation }))(changed) : changed;
}

export function isPresent(option: Option, config: Config): boolean {
  return Object.keys(differing(config, option.apply(config))).length === 0;
}

/** Up to `most` of the options: the present one, and others as near to it as there are. */
export function firstChoice(options: readonly Option[], config: Config, most: number): number[] {
  const at = Math.max(
    0,
    options.findIndex((one) => isPresent(one, config)),
  );
  const start = Math.max(0, Math.min(at - Math.floor((most - 1) / 2), options.length - most));
  return options.map((_, k) => k).slice(start, start + most);
}

/**
 * The cells of a grid, row by row; the one that changes nothing is the page's own run.
 *
 * @throws Error where there are too many, or too few.
 */
export function gridOf(
  config: Config,
  across: readonly Option[],
  down: readonly Option[] | null = null,
): Cell[] {
  const rows: readonly (Option | null)[] = down ?? [null];
  const cells = rows.flatMap((low) =>
    across.map((high): Cell => {
      const changed = high.apply(low === null ? config : low.apply(config));
      const label = low === null ? high.label : `${high.label} · ${low.label}`;
      const change = differing(config, changed);
      return { label, variant: Object.keys(change).length > 0 ? { label, ...change } : null };
    }),
  );
  const runs = variantsOf(cells).length + 1;
  if (runs < 2) throw new Error("Choose at least one value beside the present one.");
  if (runs > LIMITS.runs) {
    throw new Error(`These are ${runs} runs; there may be ${LIMITS.runs}. Choose fewer values.`);
  }
  return cells;
}

export function variantsOf(cells: readonly Cell[]): Variant[] {
  return cells.flatMap(({ variant }) => (variant === null ? [] : [variant]));
}

/** The number of each cell's run. */
export function runsOf(cells: readonly Cell[]): number[] {
  let last = 0;
  return cells.map(({ variant }) => (variant === null ? 0 : ++last));
}

function option(label: string, change: Partial<Config>): Option {
  return { label, apply: (config) => ({ ...config, ...change }) };
}

function asItIs(label: string): Option {
  return { label, apply: (config) => config };
}

function eachLayer(change: (layer: Layer) => Layer): Option["apply"] {
  return (config) => ({ ...config, layers: config.layers.map(change) });
}

/** The layers' own activations, where they aren't all the same. */
function mixed(layers: readonly Layer[]): Option[] {
  return new Set(layers.map(({ activation }) => activation)).size > 1
    ? [asItIs("as they are")]
    : [];
}

function shapeOf(layers: readonly Layer[]): string {
  return layers.map(({ units }) => units).join(" + ");
}

/** The first layers, and more like the last. */
function ofDepth(layers: readonly Layer[], depth: number): Layer[] {
  const more = layers.at(-1) ?? defaultLayer();
  return Array.from({ length: depth }, (_, l) => layers[l] ?? more);
}

/** Values in order, the present one among them. */
function amounts(values: readonly number[], present: number): number[] {
  return [...new Set([...values, present])].sort((a, b) => a - b);
}

function isEqual(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
