/** The two settings of the URL that are JSON: points of one's own, and variants. */

import { LIMITS, type Own, type Variant } from "./config";

/** Return some JSON as points, or throw what is wrong with them. */
export function readOwn(value: unknown): Own {
  const { columns, X, y, shown, laid } = asObject(value);
  if (!isList(columns, isName) || columns.length < 1 || columns.length > LIMITS.columns) {
    throw new Error(`1 to ${LIMITS.columns} names of columns are needed`);
  }
  const isRow = (row: unknown): row is number[] =>
    isList(row, isFinite) && row.length === columns.length;
  if (!isList(X, isRow) || X.length > LIMITS.points) {
    throw new Error(`X must be up to ${LIMITS.points} rows of ${columns.length} numbers`);
  }
  const isTarget = (target: unknown): target is number | string =>
    isFinite(target) || isName(target);
  if (!isList(y, isTarget) || y.length !== X.length) {
    throw new Error(`y must be ${X.length} numbers or names`);
  }
  const isColumn = (index: unknown): index is number =>
    Number.isInteger(index) && (index as number) >= 0 && (index as number) < columns.length;
  if (!isList(shown, isColumn) || shown.length !== 2) {
    throw new Error("shown must be the indices of two columns");
  }
  const own = { columns, X, y, shown: shown as [number, number] };
  return laid === false ? { ...own, laid } : own;
}

const VARIANT_KEYS = [
  "label",
  "learning_rate",
  "optimizer",
  "penalty",
  "batch_size",
  "layers",
  "loss",
  "init",
  "schedule",
  "activation",
  "features",
];

/** Return some JSON as variants; the server checks their values. */
export function readVariants(value: unknown): Variant[] {
  if (!Array.isArray(value) || value.length >= LIMITS.runs) {
    throw new Error(`up to ${LIMITS.runs - 1} variants are needed`);
  }
  for (const variant of value.map(asObject)) {
    if (!isName(variant.label)) throw new Error("a variant has a label");
    const strange = Object.keys(variant).find((key) => !VARIANT_KEYS.includes(key));
    if (strange !== undefined) throw new Error(`a variant has no “${strange}”`);
  }
  return value as Variant[];
}

function asObject(value: unknown): Record<string, unknown> {
  if (typeof value !== "object" || value === null) throw new Error("an object is needed");
  return value as Record<string, unknown>;
}

function isList<T>(value: unknown, isItem: (item: unknown) => item is T): value is T[] {
  return Array.isArray(value) && value.every(isItem);
}

/** Whether some JSON is a text that is short enough for a name. */
export function isName(value: unknown): value is string {
  return typeof value === "string" && [...value].length <= 60;
}

function isFinite(value: unknown): value is number {
  return typeof value === "number" && Math.abs(value) <= 1e6;
}
