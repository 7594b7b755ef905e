/** What a picture says at a place, no finer than its bytes know it. */

import { formatCount, formatName, formatNumber } from "../../lib/format";
import type { Picture } from "../../lib/protocol";

type Range = readonly [number, number];

/** The place under a pointer, in the units of the axes. */
export function placeText(
  [[left, right], [bottom, top]]: readonly [Range, Range],
  across: number,
  down: number,
): string {
  const x = formatNumber(left + (right - left) * across);
  return `(${x}, ${formatNumber(top + (bottom - top) * down)})`;
}

/** The bytes of each picture of a stack, or of the only one, at a place. */
export function bytesAt({ shape, data }: Picture, across: number, down: number): number[] {
  const [rows, columns] = [shape.at(-2) ?? 0, shape.at(-1) ?? 0];
  const size = rows * columns;
  const cell = (share: number, count: number) =>
    Math.min(Math.max(Math.floor(share * count), 0), count - 1);
  const index = cell(down, rows) * columns + cell(across, columns);
  return Array.from({ length: data.length / size }, (_, k) => data[k * size + index] ?? 0);
}

/**
 * The value of a byte, where 0 and 255 stand for the ends of the range.
 *
 * @param cut whether values beyond the range have its ends.
 */
export function valueText(byte: number, [low, high]: Range, cut: boolean): string {
  const power = Math.ceil(Math.log10((high - low) / 255));
  const unit = 10 ** power;
  const value = Math.round((low + ((high - low) * byte) / 255) / unit) * unit;
  const end = cut && byte === 0 ? "≤ " : cut && byte === 255 ? "≥ " : "";
  if (power >= 0) return end + formatCount(value);
  const text = Math.abs(value).toFixed(Math.min(-power, 20));
  return `${end}${value < 0 ? "−" : ""}${text}`;
}

/** A class, and how sure the network is of it. */
export function classText(bytes: readonly number[], names: readonly string[], of: number): string {
  return `${formatName(names[of] ?? "")} ${Math.round((100 * (bytes[of] ?? 0)) / 255)} %`;
}
