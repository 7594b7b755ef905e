/** The points of a scatter plot: where they are on the screen, and which is near. */

import { classColour, css, pointColour } from "./palette";
import type { Drawing } from "./canvas";

export type Place = [number, number];
export type Domain = readonly [readonly [number, number], readonly [number, number]];

export interface ScatterPoints {
  /** (n, 2), in the domain. */
  X: Float32Array;
  /** -1 to 1, or class numbers. */
  y: Float32Array;
  /** 1 for train, 0 for test; null when all are to train with. */
  train: Uint8Array | null;
}

export interface Frame {
  domain: Domain;
  width: number;
  height: number;
}

export function toScreen([x, y]: Place, { domain, width, height }: Frame): Place {
  const [[left, right], [bottom, top]] = domain;
  return [((x - left) / (right - left)) * width, ((top - y) / (top - bottom)) * height];
}

export function toDomain([across, down]: Place, { domain, width, height }: Frame): Place {
  const [[left, right], [bottom, top]] = domain;
  return [left + (across / width) * (right - left), top - (down / height) * (top - bottom)];
}

export function placeOf({ X }: ScatterPoints, index: number): Place {
  return [X[2 * index] ?? 0, X[2 * index + 1] ?? 0];
}

/** The point nearest to a place on the screen, within `reach` pixels; null when none is. */
export function nearest(
  points: ScatterPoints,
  [across, down]: Place,
  frame: Frame,
  reach: number,
  isShown: (index: number) => boolean,
): number | null {
  let [best, least]: [number | null, number] = [null, reach];
  for (let i = 0; i < points.y.length; i++) {
    if (!isShown(i)) continue;
    const [x, y] = toScreen(placeOf(points, i), frame);
    const distance = Math.hypot(x - across, y - down);
    if (distance <= least) [best, least] = [i, distance];
  }
  return best;
}

interface Look {
  domain: Domain;
  kind: "diverging" | "classes";
  dark: boolean;
  radius: number;
  selected: number | null;
  isShown: (index: number) => boolean;
}

/** Draw all points: those to train with rimmed by the paper, those to test with by ink. */
export function drawPoints(points: ScatterPoints, { context, width, height }: Drawing, look: Look) {
  const frame = { domain: look.domain, width, height };
  const { paper, ink } = rims(look.dark);
  const colour = look.kind === "classes" ? classColour : pointColour;
  for (let i = 0; i < points.y.length; i++) {
    if (!look.isShown(i)) continue;
    const [x, y] = toScreen(placeOf(points, i), frame);
    const isTest = points.train?.[i] === 0;
    context.beginPath();
    context.arc(x, y, look.radius, 0, 2 * Math.PI);
    context.fillStyle = css(colour(points.y[i] ?? 0, look.dark));
    context.fill();
    context.lineWidth = 1;
    context.strokeStyle = isTest ? ink : paper;
    context.stroke();
    if (i === look.selected) drawRing(context, [x, y], look.radius + 4, look.dark);
  }
}

/** A ring that is seen on any picture: ink between two lines of paper. */
export function drawRing(
  context: CanvasRenderingContext2D,
  [x, y]: Place,
  radius: number,
  dark: boolean,
): void {
  const { paper, ink } = rims(dark);
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.lineWidth = 4.5;
  context.strokeStyle = paper;
  context.stroke();
  context.lineWidth = 2;
  context.strokeStyle = ink;
  context.stroke();
}

function rims(dark: boolean) {
  return dark ? { paper: "#15181c", ink: "#eceef0" } : { paper: "#ffffff", ink: "#1d2126" };
}
