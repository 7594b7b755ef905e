/** Points of one's own, made of a table. */

import { LIMITS, type Own, type Problem } from "../../../lib/protocol";
import { formatCount } from "../../../lib/format";
import { isMissing, numberIn, type Column, type Table } from "./table";

/** What is made of a table: numbers of columns. */
export interface Choice {
  problem: Problem;
  target: number;
  inputs: number[];
  /** The two inputs of the picture. */
  shown: [number, number];
}

/** A table as it was given, and what was chosen of it; null: what is suggested. */
export interface Source {
  text: string;
  header: boolean | undefined;
  chosen: Choice | null;
}

interface Made {
  own: Own;
  /** What was left out or changed, in words. */
  remarks: string[];
}

const LARGEST = 1e6;
const LONGEST_NAME = 60;
/** Whole numbers with few values are taken for classes. */
const FEW = LIMITS.classes;

/** What a table most likely is: the last column with classes is the target, or else the last. */
export function suggested(table: Table): Choice {
  const { columns } = table;
  const words = columns.flatMap((one, k) => (!one.numeric && isFew(one) ? [k] : []));
  const numbers = columns.flatMap(({ numeric }, k) => (numeric ? [k] : []));
  const target = words.at(-1) ?? numbers.at(-1) ?? columns.length - 1;
  const problem = likelyProblem(table, target);
  const inputs = possibleInputs(columns, target).slice(0, LIMITS.columns);
  return { problem, target, inputs, shown: [inputs[0] ?? 0, inputs[1] ?? inputs[0] ?? 0] };
}

/** What a column most likely holds, as a target: classes or amounts. */
export function likelyProblem({ columns, rows }: Table, target: number): Problem {
  const goal = columns[target] as Column;
  const isClasses = !goal.numeric || (isFew(goal) && goal.distinct < rows.length / 4);
  return isClasses ? "classification" : "regression";
}

function isFew({ distinct }: Column): boolean {
  return distinct >= 2 && distinct <= FEW;
}

/** The columns that can be inputs: numbers, but not the target. */
export function possibleInputs(columns: Table["columns"], target: number): number[] {
  return columns.flatMap(({ numeric }, k) => (numeric && k !== target ? [k] : []));
}

/**
 * The points of a table.
 *
 * @throws Error with what doesn't fit, in words.
 */
export function ownOf(table: Table, choice: Choice): Made {
  const { problem, target, inputs, shown } = choice;
  const goal = goalOf(table, choice);
  const complete = table.rows.filter((row) => isComplete(row, table, choice));
  if (complete.length < 2) {
    throw new Error(`Of complete rows there are ${complete.length}; at least 2 are needed.`);
  }
  const kept = evenly(complete, LIMITS.points);
  const read = (k: number) => kept.map((row) => numberIn(cell(row, k), table.decimalComma) ?? 0);
  const scaled = inputs.map((k) => fitted(table.columns[k]?.name ?? "", read(k)));
  const amounts = problem === "regression" ? fitted(goal.name, read(target)) : null;
  const y =
    amounts?.values ??
    (goal.numeric ? read(target).map(String) : kept.map((row) => shortened(cell(row, target))));
  if (amounts === null) checkClasses(goal.name, new Set<number | string>(y).size);
  const place = (k: number) => Math.max(0, inputs.indexOf(k));
  return {
    own: {
      columns: scaled.map(({ name }) => name),
      X: kept.map((_, i) => scaled.map(({ values }) => values[i] as number)),
      y,
      shown: [place(shown[0]), place(shown[1])],
    },
    remarks: [
      ...leftOut(table.ragged, "more cells than there are columns"),
      ...leftOut(table.rows.length - complete.length, "a cell is empty, or is no number"),
      ...(kept.length < complete.length
        ? [`${formatCount(kept.length)} of ${formatCount(complete.length)} rows, evenly spread.`]
        : []),
      ...[...scaled, ...(amounts ? [amounts] : [])].flatMap(({ name, power }) =>
        power > 0 ? [`“${name}” is divided, to stay below a million.`] : [],
      ),
    ],
  };
}

/** A table that these points can be made of. */
export function sourceOf({ columns, X, y, shown }: Own, problem: Problem): Source {
  const target = columns.length;
  const inputs = columns.map((_, k) => k);
  const rows = [[...columns, "target"], ...X.map((row, i) => [...row, y[i] ?? ""])];
  const text = rows.map((cells) => cells.map(quoted).join(",")).join("\n");
  return { text, header: true, chosen: { problem, target, inputs, shown } };
}

function quoted(cell: number | string): string {
  return typeof cell === "string" && /[",;\t\n\r]/.test(cell)
    ? `"${cell.replaceAll('"', '""')}"`
    : String(cell);
}

function goalOf(table: Table, { problem, target, inputs }: Choice): Column {
  const goal = table.columns[target];
  if (goal === undefined || inputs.length === 0) {
    throw new Error("Choose at least one column of numbers as an input.");
  }
  if (inputs.length > LIMITS.columns) {
    throw new Error(`${inputs.length} inputs are chosen; there may be ${LIMITS.columns}.`);
  }
  if (problem === "regression" && !goal.numeric) {
    throw new Error(`“${goal.name}” holds words; choose classes, or another target.`);
  }
  return goal;
}

function isComplete(row: string[], table: Table, { target, inputs }: Choice): boolean {
  const isNumber = (k: number) => numberIn(cell(row, k), table.decimalComma) !== null;
  const numeric = table.columns[target]?.numeric ?? false;
  return (numeric ? isNumber(target) : !isMissing(cell(row, target))) && inputs.every(isNumber);
}

function cell(row: string[], k: number): string {
  return row[k] ?? "";
}

function checkClasses(name: string, count: number): void {
  if (count >= 2 && count <= LIMITS.classes) return;
  const found = count === 1 ? "one value" : `${formatCount(count)} different values`;
  const help = count > 1 ? " Choose amounts, or another target." : " Choose another target.";
  throw new Error(`“${name}”: ${found}; there may be 2 to ${LIMITS.classes} classes.${help}`);
}

function leftOut(count: number, why: string): string[] {
  if (count === 0) return [];
  return [`${formatCount(count)} ${count === 1 ? "row is" : "rows are"} left out: ${why}.`];
}

/** At most `most` of the items, evenly spread. */
function evenly<T>(items: T[], most: number): T[] {
  if (items.length <= most) return items;
  return Array.from({ length: most }, (_, i) => items[Math.floor((i * items.length) / most)] as T);
}

/** A column's numbers, divided by a power of ten where they are too large, which its name tells. */
function fitted(name: string, values: number[]): { name: string; values: number[]; power: number } {
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  if (largest <= LARGEST) return { name: shortened(name), values, power: 0 };
  const power = Math.ceil(Math.log10(largest / LARGEST));
  const ending = ` / 1e${power}`;
  return {
    name: shortened(name, LONGEST_NAME - ending.length) + ending,
    values: values.map((value) => value / 10 ** power),
    power,
  };
}

function shortened(name: string, most = LONGEST_NAME): string {
  return [...name].slice(0, most).join("");
}
