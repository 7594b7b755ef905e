import { expect, test } from "vitest";

import type { Inspected, InspectedLayer } from "../src/lib/protocol";
import { layoutOf } from "../src/pages/network/layout";
import { linkNotes } from "../src/pages/network/parts/inspected";

const table = (rows: number, columns: number, value: number) =>
  Array.from({ length: rows }, () => Array.from({ length: columns }, () => value));

function layer(units: number, inputs: number, penalty: number | null): InspectedLayer {
  const row = Array.from({ length: units }, () => 0);
  return {
    z: row,
    a: row,
    dz: row,
    da: row,
    dw: table(units, inputs, 0.5),
    penalty_dw: penalty === null ? null : table(units, inputs, penalty),
    db: row,
    w: table(units, inputs, 2),
    b: row,
    new_w: table(units, inputs, 1.9),
    new_b: row,
  };
}

const inspected = (penalty: number | null) =>
  ({ inputs: [0, 0], layers: [layer(4, 2, penalty)] }) as unknown as Inspected;
const layout = layoutOf([7, 4], [0, 1], 300, 78);

test("the numbers of links don't cover each other", () => {
  const notes = linkNotes(inspected(null), { phase: "forward", layer: 0 }, layout, null);
  expect(notes).toHaveLength(8);
  for (const [i, one] of notes.entries()) {
    for (const other of notes.slice(i + 1)) {
      const isApart = Math.abs(one.x - other.x) >= 36 || Math.abs(one.y - other.y) >= 22;
      expect(isApart).toBe(true);
    }
  }
});

test("the update's gradient has the penalty's part, where there is one", () => {
  const gradientOf = (penalty: number | null, phase: "update" | "backward") => {
    const stage = phase === "update" ? ({ phase } as const) : ({ phase, layer: 0 } as const);
    return linkNotes(inspected(penalty), stage, layout, null)[0]?.gradient;
  };
  expect(gradientOf(null, "update")).toBe(0.5);
  expect(gradientOf(0.25, "update")).toBe(0.75);
  expect(gradientOf(0.25, "backward")).toBe(0.5);
});
