/** A plot's frame: between places in its domain and places on the screen. */

import { scaleLinear } from "d3-scale";
import { line } from "d3-shape";
import { getContext, setContext } from "svelte";
import type { Domain, Place } from "./scatter";

export interface PlotFrame {
  domain: Domain;
  /** The area inside the axes, in pixels of the SVG. */
  left: number;
  top: number;
  width: number;
  height: number;
  x(value: number): number;
  y(value: number): number;
  /** The place under a pointer, kept within the domain. */
  at(event: MouseEvent): Place;
}

export function plotFrame(
  svg: () => SVGSVGElement | undefined,
  domain: Domain,
  box: { left: number; top: number; width: number; height: number },
): PlotFrame {
  const [[left, right], [bottom, top]] = domain;
  const x = scaleLinear([left, right], [box.left, box.left + box.width]);
  const y = scaleLinear([bottom, top], [box.top + box.height, box.top]);
  function at(event: MouseEvent): Place {
    const corner = svg()?.getBoundingClientRect() ?? { left: 0, top: 0 };
    return within(
      [x.invert(event.clientX - corner.left), y.invert(event.clientY - corner.top)],
      domain,
    );
  }
  return { domain, ...box, x: (value) => x(value), y: (value) => y(value), at };
}

export function within([x, y]: Place, [[left, right], [bottom, top]]: Domain): Place {
  return [Math.min(Math.max(x, left), right), Math.min(Math.max(y, bottom), top)];
}

/** The path of a line through some places; places that aren't numbers leave a gap. */
export function pathOf(places: readonly (readonly (number | null)[])[], frame: PlotFrame): string {
  const isThere = ([x, y]: readonly (number | null)[]) => Number.isFinite(x) && Number.isFinite(y);
  return (
    line<readonly (number | null)[]>(
      ([x]) => frame.x(x as number),
      ([, y]) => frame.y(y as number),
    )
      .defined((place) => place[0] !== null && place[1] !== null && isThere(place))
      .digits(2)(places) ?? ""
  );
}

export function ticks([low, high]: readonly [number, number], count: number): number[] {
  return scaleLinear([low, high], [0, 1]).ticks(count);
}

/** Losses for a log scale; what is below is rounding, and is drawn there. */
export function forLogScale(losses: readonly (number | null)[], least = 1e-12): number[] {
  return losses.map((loss) => (loss === null || Number.isNaN(loss) ? NaN : Math.max(loss, least)));
}

const KEY = Symbol("plot");

export function offerFrame(frame: () => PlotFrame): void {
  setContext(KEY, frame);
}

/** The frame of the plot around a component. */
export function frameAround(): () => PlotFrame {
  return getContext<() => PlotFrame>(KEY);
}

const ARROWS: Record<string, Place> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, 1],
  ArrowDown: [0, -1],
};

/** Where an arrow key moves a place: a hundredth of the domain, with Shift a tenth. */
export function nudged([x, y]: Place, event: KeyboardEvent, domain: Domain): Place | null {
  const arrow = ARROWS[event.key];
  if (arrow === undefined) return null;
  const [[left, right], [bottom, top]] = domain;
  const share = event.shiftKey ? 0.1 : 0.01;
  const [dx, dy] = arrow;
  return within([x + dx * share * (right - left), y + dy * share * (top - bottom)], domain);
}
