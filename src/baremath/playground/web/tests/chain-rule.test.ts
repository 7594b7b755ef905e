import { describe, expect, test } from "vitest";

import { characterOf, walkTo, withoutPlace, type Answer } from "../src/pages/chain-rule/answer";
import { layoutOf } from "../src/pages/chain-rule/layout";
import { codec } from "../src/pages/chain-rule/state";

describe("the walk", () => {
  test("goes forward through all values, then back through all gradients", () => {
    expect(walkTo(0, 3)).toEqual({ valued: 0, graded: 0, at: null, direction: "forward" });
    expect(walkTo(3, 3)).toEqual({ valued: 3, graded: 0, at: 2, direction: "forward" });
    expect(walkTo(4, 3)).toEqual({ valued: 3, graded: 1, at: 2, direction: "backward" });
    expect(walkTo(6, 3)).toEqual({ valued: 3, graded: 3, at: 0, direction: "backward" });
  });
});

describe("an error", () => {
  const message = "an operator such as * is missing before 'x' (character 3: 2 ⟨here⟩x)";

  test("names its character", () => {
    expect(characterOf(message)).toBe(2);
    expect(withoutPlace(message)).toBe("an operator such as * is missing before 'x'");
    expect(characterOf("there is no name")).toBeNull();
    expect(withoutPlace("there is no name")).toBe("there is no name");
  });
});

describe("the layout", () => {
  const node = (layer: number, y: number) => ({ layer, y }) as Answer["nodes"][number];
  const edge = (start: number, end: number, waypoints: number[] = []) =>
    ({ start, end, place: 0, waypoints }) as unknown as Answer["edges"][number];
  const answer = {
    nodes: [node(0, 0.5), node(1, 0.5), node(2, 1.5)],
    edges: [edge(0, 1), edge(0, 2, [2]), edge(1, 2)],
    layers: 3,
    height: 2.5,
  } as unknown as Answer;

  test.each([1000, 324])("keeps nodes within, and edges of one node apart, in %s px", (room) => {
    const layout = layoutOf(answer, room);
    expect(layout.width).toBeLessThanOrEqual(room);
    for (const { x, y } of layout.nodes) {
      expect(x).toBeGreaterThanOrEqual(0);
      expect(x + layout.node.width).toBeLessThanOrEqual(layout.width);
      expect(y + layout.node.height).toBeLessThanOrEqual(layout.height);
    }
    const [, long, short] = layout.edges;
    expect(long?.label.y).not.toBe(short?.label.y);
    expect(long?.path.match(/C/g)).toHaveLength(2);
    const [x, y] = long?.path.split("L").at(-1)?.split(" ").map(Number) ?? [];
    const corner = layout.nodes[2];
    expect(layout.narrow ? y : x).toBe(layout.narrow ? corner?.y : corner?.x);
  });
});

describe("the chain-rule page's hash", () => {
  test("holds expression, values and step", () => {
    const state = { expression: "a*b + 50%", values: { a: -1.5, b: 2 }, step: 4 };
    expect(codec.parse(`#${codec.print(state)}`)).toEqual({ state, problems: [] });
  });

  test("says what can't be read", () => {
    expect(codec.parse("#values=__proto__:1").problems).toHaveLength(1);
    expect(codec.parse("#values=x:big").problems).toHaveLength(1);
  });
});
