/** A table as people paste it: separators, quotes, names and numbers are found out, not asked. */

export type Separator = "," | ";" | "\t";

export interface Table {
  columns: Column[];
  /** The rows that are kept, each with a cell for every column, trimmed. */
  rows: string[][];
  separator: Separator;
  decimalComma: boolean;
  /** Whether the first row was taken for names. */
  header: boolean;
  /** Rows with more cells than there are columns, which are left out. */
  ragged: number;
}

export interface Column {
  name: string;
  /** Whether its cells are numbers, but for a few that then count as missing. */
  numeric: boolean;
  /** How many cells hold nothing, or no number in a column of numbers. */
  missing: number;
  /** The different values, those missing left out. */
  distinct: number;
}

const SEPARATORS: readonly Separator[] = [",", ";", "\t"];
const MISSING = new Set(["", "na", "n/a", "nan", "null", "none", "?", "-", "–"]);
/** A column of numbers may have this share of other cells. */
const STRAY = 0.1;

/**
 * Read a table.
 *
 * @param header whether the first row holds names; found out unless told.
 * @throws Error with what is wrong, in words.
 */
export function readTable(text: string, header?: boolean): Table {
  const clean = text.replace(/^\uFEFF/, "");
  if (clean.trim() === "") throw new Error("There is nothing in it yet.");
  const separator = separatorOf(clean);
  const lines = split(clean, separator).filter((cells) => cells.some((cell) => cell !== ""));
  const [first = []] = lines;
  const decimalComma = separator !== "," && hasDecimalComma(lines);
  const named = header ?? isHeader(first, lines.slice(1), decimalComma);
  const width = widthOf(named ? first : mostCells(lines));
  const body = named ? lines.slice(1) : lines;
  const rows = body.filter((cells) => widthOf(cells) <= width);
  if (rows.length === 0) throw new Error("There are names but no rows; give at least two rows.");
  if (width < 2) {
    throw new Error("There is one column only; separate columns by a comma, semicolon or tab.");
  }
  const filled = rows.map((cells) => Array.from({ length: width }, (_, k) => cells[k] ?? ""));
  return {
    columns: Array.from({ length: width }, (_, k) =>
      columnOf((named && first[k]) || `column ${k + 1}`, filled, k, decimalComma),
    ),
    rows: filled,
    separator,
    decimalComma,
    header: named,
    ragged: body.length - rows.length,
  };
}

/** A cell as a number; null where it is none. */
export function numberIn(cell: string, decimalComma: boolean): number | null {
  const written = (decimalComma ? cell.replace(",", ".") : cell).replace("\u2212", "-");
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(written)) return null;
  const value = Number(written);
  return Number.isFinite(value) ? value : null;
}

export function isMissing(cell: string): boolean {
  return MISSING.has(cell.toLowerCase());
}

/** The cells of each line; quotes may hold separators, line breaks, and quotes written twice. */
function split(text: string, separator: Separator, most = Infinity): string[][] {
  const lines: string[][] = [];
  let line: string[] = [];
  let [cell, quoted] = ["", false];
  const endCell = () => {
    line.push(cell.trim());
    cell = "";
  };
  for (let i = 0; i < text.length && lines.length < most; i++) {
    const letter = text[i] as string;
    if (quoted) {
      if (letter !== '"') cell += letter;
      else if (text[i + 1] === '"') cell += text[++i];
      else quoted = false;
    } else if (letter === '"' && cell.trim() === "") {
      [cell, quoted] = ["", true];
    } else if (letter === separator) endCell();
    else if (letter === "\n" || letter === "\r") {
      if (letter === "\r" && text[i + 1] === "\n") i++;
      endCell();
      lines.push(line);
      line = [];
    } else cell += letter;
  }
  if (quoted) throw new Error("A quotation mark is opened and never closed.");
  if (lines.length < most) {
    endCell();
    lines.push(line);
  }
  return lines;
}

/** The separator that gives most of the first lines the same number of columns. */
function separatorOf(text: string): Separator {
  const scores = SEPARATORS.map((separator) => {
    const widths = split(text, separator, 50)
      .filter((cells) => cells.some((cell) => cell !== ""))
      .map((cells) => cells.length);
    const usual = mostCommon(widths);
    const share = widths.filter((width) => width === usual).length / widths.length;
    return usual > 1 ? share + usual / 1000 : 0;
  });
  const best = scores.indexOf(Math.max(...scores));
  return SEPARATORS[scores[best] === 0 ? 0 : best] as Separator;
}

function mostCommon(values: number[]): number {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].reduce((best, one) => (one[1] > best[1] ? one : best), [0, 0])[0];
}

function mostCells(lines: string[][]): string[] {
  const usual = mostCommon(lines.map(widthOf));
  return lines.find((cells) => widthOf(cells) === usual) ?? [];
}

/** How many cells there are up to the last that isn't empty. */
function widthOf(cells: string[]): number {
  let width = cells.length;
  while (width > 0 && cells[width - 1] === "") width--;
  return width;
}

function hasDecimalComma(lines: string[][]): boolean {
  const cells = lines.slice(0, 200).flat();
  const written = (pattern: RegExp) => cells.filter((cell) => pattern.test(cell)).length;
  return written(/^[+-]?\d*,\d+$/) > written(/^[+-]?\d*\.\d+$/);
}

/** Names are no numbers, and stand above some. */
function isHeader(first: string[], rest: string[][], decimalComma: boolean): boolean {
  const isNumber = (cell: string | undefined) =>
    cell !== undefined && numberIn(cell, decimalComma) !== null;
  return !first.some(isNumber) && rest.slice(0, 20).some((cells) => cells.some(isNumber));
}

function columnOf(name: string, rows: string[][], k: number, decimalComma: boolean): Column {
  const cells = rows.map((row) => row[k] as string).filter((cell) => !isMissing(cell));
  const numbers = cells.filter((cell) => numberIn(cell, decimalComma) !== null);
  const numeric = cells.length > 0 && numbers.length >= (1 - STRAY) * cells.length;
  const kept = numeric ? numbers : cells;
  return {
    name,
    numeric,
    missing: rows.length - kept.length,
    distinct: new Set(kept).size,
  };
}
