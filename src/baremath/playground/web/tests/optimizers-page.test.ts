import { describe, expect, it } from "vitest";

import { codec, defaultState, onSurface, withRate } from "../src/pages/optimizers/state";

describe("the state of the optimizers page", () => {
  it("comes back from its hash", () => {
    const state = {
      ...defaultState(),
      ...onSurface("beale"),
      start: [1.25, -0.5] as [number, number],
      rates: withRate([], "adam", 0.3),
      out: ["sgd" as const],
    };
    expect(codec.parse(codec.print(state))).toEqual({ state, problems: [] });
  });

  it("changes one rate at a time", () => {
    const rates = withRate(withRate([], "adam", 0.3), "sgd", 1);
    expect(withRate(rates, "adam", 0.4)).toEqual([
      ["sgd", 1],
      ["adam", 0.4],
    ]);
    expect(withRate(rates, "adam", null)).toEqual([["sgd", 1]]);
  });

  it("says what can't be read", () => {
    expect(codec.parse("start=1:2:3&rates=adagrid:1&out=sgd").problems).toHaveLength(2);
  });
});
