/** Pictures of bytes as pixels: a table of 256 colours, or a blend of classes. */

import type { Picture } from "./protocol";
import { classColour, divergingColour, paperColour, sequentialColour, type Rgb } from "./palette";

export type PictureKind = "diverging" | "sequential" | "classes";

/** A picture with `factor` times the rows and columns, values between by straight lines. */
export function enlarge({ shape, data }: Picture, factor: number): Picture {
  const [rows = 0, columns = 0] = shape.slice(-2);
  const count = shape.length === 3 ? (shape[0] ?? 0) : 1;
  const [high, wide] = [rows * factor, columns * factor];
  const [down, across] = [placesBetween(rows, factor), placesBetween(columns, factor)];
  const large = new Uint8Array(count * high * wide);
  let at = 0;
  for (let k = 0; k < count; k++) {
    const start = k * rows * columns;
    for (const [top, bottom, part] of down) {
      for (const [left, right, share] of across) {
        const value = (row: number, column: number) =>
          data[start + row * columns + column] as number;
        const above = value(top, left) + (value(top, right) - value(top, left)) * share;
        const below = value(bottom, left) + (value(bottom, right) - value(bottom, left)) * share;
        large[at++] = Math.round(above + (below - above) * part);
      }
    }
  }
  return { shape: [...shape.slice(0, -2), high, wide], data: large };
}

/** For each of the finer cells: the two coarse ones around its middle, and the way between them. */
function placesBetween(count: number, factor: number): [number, number, number][] {
  return Array.from({ length: count * factor }, (_, i) => {
    const place = Math.min(Math.max((i + 0.5) / factor - 0.5, 0), count - 1);
    const low = Math.floor(place);
    return [low, Math.min(low + 1, count - 1), place - low];
  });
}

export interface PaintOptions {
  kind: PictureKind;
  dark: boolean;
  /** Only the decision: the sign, or the likeliest class. */
  discretise: boolean;
}

/** Paint a picture into `pixels` (RGBA), which has four bytes for each of its values. */
export function paint(picture: Picture, pixels: Uint8ClampedArray, options: PaintOptions): void {
  const words = new Uint32Array(pixels.buffer, pixels.byteOffset, pixels.length / 4);
  if (options.kind === "classes") {
    paintClasses(picture, words, options);
    return;
  }
  const colours = colourTable(options);
  const { data } = picture;
  for (let i = 0; i < words.length; i++) words[i] = colours[data[i] as number] as number;
}

const tables = new Map<string, Uint32Array>();

function colourTable({ kind, dark, discretise }: PaintOptions): Uint32Array {
  const key = `${kind} ${dark} ${discretise}`;
  let table = tables.get(key);
  if (table === undefined) {
    table = Uint32Array.from({ length: 256 }, (_, byte) => {
      const share = discretise ? (byte >= 128 ? 0.85 : 0.15) : byte / 255;
      const colour = kind === "diverging" ? divergingColour : sequentialColour;
      return word(colour(kind === "diverging" ? 2 * share - 1 : share, dark));
    });
    tables.set(key, table);
  }
  return table;
}

/** Each pixel in its likeliest class's colour, paler where others come near. */
function paintClasses(
  { shape, data }: Picture,
  words: Uint32Array,
  { dark, discretise }: PaintOptions,
): void {
  const classes = shape[0] ?? 0;
  const size = words.length;
  const paper = paperColour(dark);
  const colours = Array.from({ length: classes }, (_, k) => classColour(k, dark));
  for (let i = 0; i < size; i++) {
    let best = 0;
    for (let k = 1; k < classes; k++) {
      if ((data[k * size + i] as number) > (data[best * size + i] as number)) best = k;
    }
    const likelihood = (data[best * size + i] as number) / 255;
    const certainty = discretise ? 0.8 : Math.max(0, (likelihood * classes - 1) / (classes - 1));
    words[i] = word(blend(paper, colours[best] as Rgb, 0.85 * certainty));
  }
}

function blend([r0, g0, b0]: Rgb, [r1, g1, b1]: Rgb, share: number): Rgb {
  return [r0 + (r1 - r0) * share, g0 + (g1 - g0) * share, b0 + (b1 - b0) * share];
}

/** A pixel as one little-endian word. */
function word([r, g, b]: Rgb): number {
  return ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0;
}
