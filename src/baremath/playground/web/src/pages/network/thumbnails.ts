/** Small drawings of the data sets, drawn on the page: what each looks like before it is chosen. */

import type { DataName } from "../../lib/protocol";

/** x and y from -6 to 6, and -1 to 1, or the number of a class. */
export type ThumbnailPoint = [number, number, number];

type Draw = (random: () => number, noise: number, i: number, n: number) => ThumbnailPoint;

const between = (random: () => number, low: number, high: number) => low + (high - low) * random();

/** The sum of six uniform numbers is nearly normal. */
function normal(random: () => number): number {
  let sum = -3;
  for (let i = 0; i < 6; i++) sum += random();
  return sum * Math.SQRT2;
}

function circle(random: () => number, noise: number, i: number, n: number): ThumbnailPoint {
  const radius = i < n / 2 ? between(random, 0, 2.5) : between(random, 3.5, 5);
  const angle = between(random, 0, 2 * Math.PI);
  const [x, y] = [radius * Math.sin(angle), radius * Math.cos(angle)];
  const shift = () => between(random, -5, 5) * noise;
  return [x, y, Math.hypot(x + shift(), y + shift()) < 2.5 ? 1 : -1];
}

function xor(random: () => number, noise: number): ThumbnailPoint {
  const padded = () => {
    const value = between(random, -5, 5);
    return value + (value > 0 ? 0.3 : -0.3);
  };
  const [x, y] = [padded(), padded()];
  const shift = () => between(random, -5, 5) * noise;
  return [x, y, (x + shift()) * (y + shift()) >= 0 ? 1 : -1];
}

function gauss(random: () => number, noise: number, i: number, n: number): ThumbnailPoint {
  const spread = Math.sqrt(0.5 + 7 * noise);
  const sign = i < n / 2 ? 1 : -1;
  return [2 * sign + spread * normal(random), 2 * sign + spread * normal(random), sign];
}

function spiral(random: () => number, noise: number, i: number, n: number): ThumbnailPoint {
  const arm = i % 2;
  const share = i / n;
  const angle = 1.75 * share * 2 * Math.PI + arm * Math.PI;
  const shift = () => between(random, -1, 1) * noise;
  const radius = 5 * share;
  return [radius * Math.sin(angle) + shift(), radius * Math.cos(angle) + shift(), arm ? -1 : 1];
}

function threeSpiral(random: () => number, noise: number, i: number, n: number): ThumbnailPoint {
  const arm = i % 3;
  const share = i / n;
  const angle = ((2 * Math.PI) / 3) * (2 * share + arm) + 0.4 * noise * normal(random);
  return [5 * share * Math.sin(angle), 5 * share * Math.cos(angle), arm];
}

function gates(random: () => number, noise: number, i: number): ThumbnailPoint {
  const [a, b] = [i % 2, (i >> 1) % 2];
  const near = (bit: number) => 6 * bit - 3 + 6 * (noise + 0.02) * normal(random);
  return [near(a), near(b), a === b ? -1 : 1];
}

/** The right half's outline, above from the middle to the wing's end, and back below. */
const BATMAN: readonly (readonly [number, number])[] = [
  [0, 2.25],
  [0.5, 2.25],
  [0.75, 3],
  [1, 1],
  [2, 0.86],
  [2.6, 1.3],
  [3, 2.71],
  [4.5, 2.3],
  [6, 1.55],
  [7, 0],
  [6, -1.55],
  [4, -2.46],
  [3.6, -1.5],
  [3, -1.32],
  [2.4, -1.6],
  [2, -2.37],
  [1.6, -1.7],
  [1, -1.59],
  [0.4, -1.9],
  [0, -3],
];

function batman(random: () => number, noise: number): ThumbnailPoint {
  const [x, y] = [between(random, -7.5, 7.5), between(random, -3.5, 3.5)];
  const scale = 5.8 / 7.5;
  const shift = () => noise * normal(random);
  return [x * scale + shift(), y * scale + shift(), isInside(Math.abs(x), y) ? 1 : -1];
}

/** Whether a horizontal ray to the right crosses the outline an odd number of times. */
function isInside(x: number, y: number): boolean {
  let inside = false;
  for (let i = 0; i + 1 < BATMAN.length; i++) {
    const [[x0, y0], [x1, y1]] = [BATMAN[i], BATMAN[i + 1]] as [[number, number], [number, number]];
    if (y0 > y !== y1 > y && x < x0 + ((y - y0) / (y1 - y0)) * (x1 - x0)) inside = !inside;
  }
  return inside;
}

function regPlane(random: () => number, noise: number): ThumbnailPoint {
  const [x, y] = [between(random, -6, 6), between(random, -6, 6)];
  const shift = () => between(random, -6, 6) * noise;
  return [x, y, (x + shift() + y + shift()) / 10];
}

const HILLS: readonly (readonly [number, number, number])[] = [
  [-4, 2.5, 1],
  [0, 2.5, -1],
  [4, 2.5, 1],
  [-4, -2.5, -1],
  [0, -2.5, 1],
  [4, -2.5, -1],
];

function regGauss(random: () => number, noise: number): ThumbnailPoint {
  const [x, y] = [between(random, -6, 6), between(random, -6, 6)];
  const shift = () => between(random, -6, 6) * noise;
  const [x0, y0] = [x + shift(), y + shift()];
  let value = 0;
  for (const [cx, cy, sign] of HILLS) {
    const height = sign * Math.max(0, 1 - Math.hypot(x0 - cx, y0 - cy) / 2);
    if (Math.abs(height) > Math.abs(value)) value = height;
  }
  return [x, y, value];
}

const DRAWN: Record<Exclude<DataName, "own">, Draw> = {
  circle,
  xor,
  gauss,
  spiral,
  "three-spiral": threeSpiral,
  gates,
  batman,
  "reg-plane": regPlane,
  "reg-gauss": regGauss,
};

/** Points of a data set; `noise` from 0 to 0.5. */
export function thumbnailPoints(
  name: Exclude<DataName, "own">,
  n: number,
  noise: number,
): ThumbnailPoint[] {
  const random = generator(7);
  return Array.from({ length: n }, (_, i) => DRAWN[name](random, noise, i, n));
}

/** Numbers from 0 to 1, always the same for a seed (mulberry32). */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
