/** The server's own messages, as its tests keep them. */

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { describe, expect, test } from "vitest";

import { decode } from "../src/lib/protocol";

type Nested = number | Nested[];

interface Expected {
  header: object;
  /** The values of each array, nested by its shape. */
  arrays: Record<string, Nested[]>;
}

const path = (name: string) =>
  fileURLToPath(new URL(`../../../../../tests/playground/golden/${name}`, import.meta.url));

function shapeOf(values: Nested): number[] {
  return Array.isArray(values) ? [values.length, ...shapeOf(values[0] ?? 0)] : [];
}

describe.each(["frame", "points"])("the golden message %s", (name) => {
  test("is read to the numbers it was made of", () => {
    const bytes = Uint8Array.from(readFileSync(path(`${name}.bin`)));
    const expected = JSON.parse(readFileSync(path(`${name}.json`), "utf-8")) as Expected;
    const { header, arrays } = decode(bytes.buffer);
    expect(header).toMatchObject(expected.header);
    expect(Object.keys(arrays)).toEqual(Object.keys(expected.arrays));
    for (const [key, values] of Object.entries(expected.arrays)) {
      expect(arrays[key]?.shape).toEqual(shapeOf(values));
      expect(Array.from(arrays[key]?.data ?? [])).toEqual(values.flat(9));
    }
  });
});
