import { describe, expect, it } from "vitest";

import {
  SAMPLES,
  codec,
  defaultState,
  heldOut,
  lineThrough,
  sample,
} from "../src/pages/regression/state";

describe("the state of the regression page", () => {
  it("comes back from its hash", () => {
    const state = { ...defaultState(), degree: 5, slope: 1.25, row: 2, points: heldOut(sample("wave"), true) };
    expect(codec.parse(codec.print(state))).toEqual({ state, problems: [] });
    expect(codec.print(defaultState())).toBe("");
  });

  it("says what can't be read", () => {
    const { state, problems } = codec.parse("degree=13&points=1:2:x,0:0&loss=cubic");
    expect(state).toEqual(defaultState());
    expect(problems).toHaveLength(3);
  });

  it("offers samples that are the same each time and fit the plot", () => {
    for (const { value } of SAMPLES) {
      expect(sample(value)).toEqual(sample(value));
      for (const { x, y } of sample(value)) expect(Math.max(Math.abs(x), Math.abs(y))).toBeLessThanOrEqual(5);
    }
  });

  it("holds out every third point", () => {
    expect(heldOut(sample("few"), true).filter(({ test }) => test)).toHaveLength(3);
    expect(heldOut(heldOut(sample("few"), true), false)).toEqual(sample("few"));
  });

  it("draws the line through its two handles", () => {
    expect(lineThrough(-2, 4)).toEqual({ intercept: 1, slope: 1 });
  });
});
