import { describe, expect, it } from "vitest";

import { forLogScale, nudged, pathOf, plotFrame } from "../src/lib/plot";
import { paintRaster, stepNumbers } from "../src/lib/raster";

describe("a plot", () => {
  const domain = [
    [-5, 5],
    [0, 2],
  ] as const;
  const frame = plotFrame(() => undefined, domain, { left: 10, top: 8, width: 100, height: 50 });

  it("maps its domain onto the screen and back", () => {
    expect([frame.x(-5), frame.x(5), frame.y(2), frame.y(0)]).toEqual([10, 110, 8, 58]);
    expect(frame.at({ clientX: 60, clientY: 33 } as MouseEvent)).toEqual([0, 1]);
    expect(frame.at({ clientX: 900, clientY: -9 } as MouseEvent)).toEqual([5, 2]);
  });

  it("leaves gaps where there is no number", () => {
    expect(pathOf([[-5, 0], [0, null], [0, 1], [5, 2]], frame)).toBe("M10,58ZM60,33L110,8");
  });

  it("moves by arrow keys, and not out of its domain", () => {
    const press = (key: string, shiftKey = false) => ({ key, shiftKey }) as KeyboardEvent;
    expect(nudged([0, 1], press("ArrowRight"), domain)).toEqual([0.1, 1]);
    expect(nudged([0, 1], press("ArrowUp", true), domain)?.[1]).toBeCloseTo(1.2);
    expect(nudged([5, 2], press("ArrowRight"), domain)).toEqual([5, 2]);
    expect(nudged([0, 1], press("Enter"), domain)).toBeNull();
  });

  it("keeps losses on a log scale above rounding", () => {
    expect(forLogScale([1, 0, 1e-30, null])).toEqual([1, 1e-12, 1e-12, NaN]);
  });
});

describe("a raster", () => {
  const rows = [
    [0, 2],
    [0, 2],
  ];

  it("is smooth between its entries, and cut into steps", () => {
    expect([...stepNumbers(rows, [4, 1], 1)]).toEqual([0, 0, 1, 1]);
    expect([...stepNumbers(rows, [4, 1], 2)]).toEqual([0, 1, 2, 3]);
  });

  it("leaves out what is no number", () => {
    const pixels = new Uint8ClampedArray(4 * 4);
    const look = { colour: () => [1, 2, 3] as const, steps: 1, edge: null };
    paintRaster([[0, null], [0, null]], pixels, [2, 2], look);
    expect([...pixels]).toEqual(Array(16).fill(0));
    paintRaster(rows, pixels, [2, 2], { ...look, edge: [9, 9, 9] });
    expect([...pixels]).toEqual([9, 9, 9, 255, 1, 2, 3, 255, 9, 9, 9, 255, 1, 2, 3, 255]);
  });
});
