import { describe, expect, test } from "vitest";

import { decode, decodeWeights, encodeWeights, type NumberArray } from "../src/lib/binary";
import { container } from "./container";

const spec = (changes: object) => ({ name: "a", dtype: "u1", shape: [1], offset: 0, ...changes });

describe("decode", () => {
  test("reads arrays of every dtype", () => {
    const payload = new Uint8Array(40);
    payload.set([0, 128, 255]);
    new DataView(payload.buffer).setFloat32(8, -0.5, true);
    new DataView(payload.buffer).setFloat64(16, Math.PI, true);
    new DataView(payload.buffer).setInt32(24, -7, true);
    const arrays = [
      spec({ name: "bytes", shape: [1, 3] }),
      spec({ name: "float", dtype: "f4", offset: 8 }),
      spec({ name: "double", dtype: "f8", offset: 16 }),
      spec({ name: "int", dtype: "i4", offset: 24 }),
      spec({ name: "none", dtype: "f8", shape: [0, 3], offset: 40 }),
    ];
    const { header, arrays: read } = decode(
      container({ type: "x", title: "tanhµ", arrays }, payload),
    );
    const values = (name: string) => Array.from(read[name]?.data as NumberArray);
    expect(header.title).toBe("tanhµ");
    expect(read.bytes?.shape).toEqual([1, 3]);
    expect(values("bytes")).toEqual([0, 128, 255]);
    expect(values("float")).toEqual([-0.5]);
    expect(values("double")).toEqual([Math.PI]);
    expect(values("int")).toEqual([-7]);
    expect(values("none")).toEqual([]);
  });

  test.each([
    ["a message that is too short", new ArrayBuffer(4), /at least 8 bytes/],
    ["a header beyond the end", new Uint8Array([255, 0, 0, 0, 1, 1, 1, 1]).buffer, /multiple of 8/],
    ["a header that ends late", new Uint8Array([12, 0, 0, 0, 1, 1, 1, 1]).buffer, /ends at 16/],
    ["a header that isn't JSON", new Uint8Array([4, 0, 0, 0, 1, 1, 1, 1]).buffer, /isn't JSON/],
    ["no type", container({ arrays: [] }), /no type/],
    ["no arrays", container({ type: "x" }), /no arrays/],
    ["an unknown dtype", container({ type: "x", arrays: [spec({ dtype: "f2" })] }), /dtype f2/],
    ["a dtype of the language", container({ type: "x", arrays: [spec({ dtype: "at" })] }), /dtype/],
    ["a crooked offset", container({ type: "x", arrays: [spec({ offset: 4 })] }), /multiple of 8/],
    ["a negative size", container({ type: "x", arrays: [spec({ shape: [-1] })] }), /shape \[-1\]/],
    ["an array beyond the end", container({ type: "x", arrays: [spec({})] }), /array a ends at/],
  ])("refuses %s", (_, buffer, message) => {
    expect(() => decode(buffer)).toThrow(message);
  });
});

describe("weights", () => {
  test("come back as they went", () => {
    const weights = Float32Array.from(
      { length: 5000 },
      (_, i) => Math.sin(i) * 10 ** ((i % 60) - 30),
    );
    expect(decodeWeights(encodeWeights(weights))).toEqual(weights);
    expect(encodeWeights(new Float32Array([1, -2]))).toBe("AACAPwAAAMA=");
  });

  test.each([
    ["no base64!", /base64/],
    ["AAA=", /4 bytes each, got 2/],
  ])("refuse %s", (text, message) => {
    expect(() => decodeWeights(text)).toThrow(message);
  });
});
