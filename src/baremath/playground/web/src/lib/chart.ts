/** What uPlot is told of a line chart: axes, lines, colours of the theme. */

import type uPlot from "uplot";

import { formatSetting } from "./format";

export interface Series {
  label: string;
  /** As many as there are x; null or NaN leaves a gap. */
  values: ArrayLike<number | null>;
  /** A CSS colour, or a variable of the theme: "var(--accent)". */
  colour: string;
  dash?: boolean;
  width?: number;
  /** Points instead of a line. */
  points?: boolean;
}

export interface ChartLook {
  xLabel: string;
  yLabel: string;
  height: number;
  logX: boolean;
  logY: boolean;
  xRange: [number | null, number | null];
  yRange: [number | null, number | null];
}

/** Distances of ticks between whole numbers: what goes to the right is counted. */
const WHOLE = Array.from({ length: 15 }, (_, k) => [1, 2, 5].map((m) => m * 10 ** k)).flat();

export function chartOptions(
  box: HTMLElement,
  look: ChartLook,
  series: readonly Series[],
  hover: (index: number | null) => void,
): uPlot.Options {
  const ink = resolve(box, "var(--ink-soft)");
  const line = resolve(box, "var(--line)");
  const axis = (label: string): uPlot.Axis => ({
    label: label || undefined,
    labelSize: 20,
    labelFont: "12px system-ui, sans-serif",
    font: "11px system-ui, sans-serif",
    stroke: ink,
    grid: { stroke: line, width: 1 },
    ticks: { show: false },
    values: (_, splits) => splits.map((split) => (split === null ? "" : formatTick(split))),
  });
  return {
    width: box.clientWidth,
    height: look.height,
    padding: [8, 14, 0, 0],
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 7 } },
    scales: {
      x: { time: false, ...scale(look.logX, look.xRange, 0) },
      y: scale(look.logY, look.yRange, 0.06),
    },
    axes: [
      { ...axis(look.xLabel), size: 26, space: 60, incrs: WHOLE },
      { ...axis(look.yLabel), size: 46, space: 34 },
    ],
    series: [{}, ...series.map((one) => lineOf(box, one))],
    hooks: { setCursor: [(chart) => hover(chart.cursor.idx ?? null)] },
  };
}

/** A number beside an axis: 20,000 as 20 k, what is very small or large by its power of ten. */
function formatTick(value: number): string {
  const size = Math.abs(value);
  if (size >= 1e9 || (size > 0 && size < 1e-4)) {
    const text = Number(value.toPrecision(6)).toExponential();
    return text.replace("e+", "e").replaceAll("-", "\u2212");
  }
  const [divisor, unit] = value >= 1e6 ? [1e6, " M"] : value >= 1e4 ? [1e3, " k"] : [1, ""];
  return formatSetting(value / divisor) + unit;
}

function lineOf(
  box: HTMLElement,
  { label, colour, dash, width = 2, points }: Series,
): uPlot.Series {
  const stroke = resolve(box, colour);
  return {
    label,
    stroke,
    width: points ? 0 : width,
    dash: dash ? [6, 4] : undefined,
    points: { show: points ?? false, size: 6, fill: stroke },
  };
}

function scale(
  log: boolean,
  [low, high]: [number | null, number | null],
  room: number,
): uPlot.Scale {
  if (log) return { distr: 3 };
  return {
    range: (_, least, most) => {
      const [from, to] = [least ?? 0, most ?? 1];
      const margin = (to - from || Math.abs(to) || 1) * room;
      return [low ?? from - margin, high ?? Math.max(to + margin, from + 1e-12)];
    },
  };
}

/** A colour as canvases read it, without variables. */
function resolve(element: HTMLElement, colour: string): string {
  const probe = document.createElement("i");
  probe.style.color = colour;
  element.append(probe);
  const resolved = getComputedStyle(probe).color;
  probe.remove();
  return resolved;
}
