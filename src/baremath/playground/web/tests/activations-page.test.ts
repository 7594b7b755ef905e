import { describe, expect, it } from "vitest";

import { codec, reach, verdict } from "../src/pages/activations/state";

describe("the activations page", () => {
  it("says how a gradient ends", () => {
    expect([0, 1e-3, 0.5, 1e3].map(verdict)).toEqual([
      "no gradient comes through",
      "the gradient vanishes",
      "the gradient comes through",
      "the gradient explodes",
    ]);
  });

  it("finds how far the bars must reach", () => {
    expect(reach([{ product: 1 }])).toBe(2);
    expect(reach([{ product: 3e-7 }, { product: 0 }, { product: -20 }])).toBe(7);
  });

  it("has a state in its hash", () => {
    const { state } = codec.parse("first=gelu&second=none&x=-2.5");
    expect(state).toMatchObject({ first: "gelu", second: null, x: -2.5 });
  });
});
