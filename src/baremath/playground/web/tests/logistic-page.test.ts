import { describe, expect, it } from "vitest";

import {
  HIGH,
  SAMPLES,
  codec,
  curveAt,
  defaultState,
  middle,
  placesOn,
  planeThrough,
  sample,
  steepness,
  weightFor,
} from "../src/pages/logistic/state";

describe("the state of the logistic page", () => {
  it("comes back from its hash", () => {
    const state = { ...defaultState(), features: "1" as const, C: 10, points: sample("apart") };
    expect(codec.parse(codec.print(state))).toEqual({ state, problems: [] });
    expect(codec.print(defaultState())).toBe("");
  });

  it("says what can't be read", () => {
    expect(codec.parse("points=1:2:2&plane=1,2").problems).toHaveLength(2);
  });

  it("offers samples of both classes", () => {
    for (const { value } of SAMPLES) {
      const classes = new Set(sample(value).map(({ one }) => one));
      expect(classes.size).toBe(2);
    }
  });
});

describe("the curve of one feature", () => {
  it("crosses one half where it is dragged to", () => {
    const [b, w] = curveAt(1.5, 2);
    expect(b + w * 1.5).toBe(0);
    expect(middle([b, w])).toBe(1.5);
    expect(middle([1, 0])).toBe(0);
  });

  it("is as steep as its second handle says", () => {
    const w = weightFor(0.8);
    expect(1 / (1 + Math.exp(-w * 0.8))).toBeCloseTo(HIGH);
    expect(weightFor(-2)).toBe(-1);
    expect(weightFor(0)).toBeCloseTo(12);
  });
});

describe("the boundary of two features", () => {
  it("goes through its two handles", () => {
    const plane = planeThrough([-1, 2], [3, 1], 1.7);
    for (const [x, y] of [
      [-1, 2],
      [3, 1],
    ] as const) {
      expect(plane[0] + plane[1] * x + plane[2] * y).toBeCloseTo(0);
    }
    expect(steepness(plane)).toBeCloseTo(1.7);
    expect(plane[0] + plane[1] * 0 + plane[2] * 5).toBeGreaterThan(0); // left of the way there
  });

  it("is the same through the places that are found on it", () => {
    const plane = [0.4, -0.3, 0.9] as [number, number, number];
    planeThrough(...placesOn(plane), steepness(plane)).forEach((value, k) => {
      expect(value).toBeCloseTo(plane[k] as number);
    });
  });
});
