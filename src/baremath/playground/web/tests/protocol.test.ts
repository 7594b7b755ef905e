import { expect, test } from "vitest";

import { pictureAt, readFrame, weightIndex, type Container } from "../src/lib/protocol";

test("a weight's place agrees with the weights laid out one by one", () => {
  const shape = [3, 4, 2, 1];
  const places: number[] = [];
  for (let layer = 0; layer < 3; layer++) {
    const [inputs = 0, units = 0] = [shape[layer], shape[layer + 1]];
    for (let unit = 0; unit < units; unit++) {
      for (let input = 0; input < inputs; input++) {
        places.push(weightIndex(shape, layer, unit, input));
      }
    }
    for (let unit = 0; unit < units; unit++) places.push(weightIndex(shape, layer, unit, null));
  }
  expect(places).toEqual(Array.from({ length: 29 }, (_, i) => i));
  expect(() => weightIndex(shape, 4, 0, 0)).toThrow(/no layer/);
});

test("a stack gives its pictures one by one", () => {
  const stack = { shape: [2, 1, 3], data: Uint8Array.from([1, 2, 3, 4, 5, 6]) };
  expect(pictureAt(stack, 1)).toEqual({ shape: [1, 3], data: Uint8Array.from([4, 5, 6]) });
  expect(() => pictureAt(stack, 2)).toThrow(/2 pictures/);
});

test("a frame needs its weights, and may lack its pictures", () => {
  const header = { type: "frame", arrays: [], seq: 1, runs: [{ label: "A", step: 3 }] };
  const weights = { shape: [2], data: new Float32Array([1, 2]) };
  const frame = readFrame({ header, arrays: { "0/weights": weights } } as Container);
  expect(frame.runs[0]).toMatchObject({ label: "A", weights: weights.data, output: null });
  expect(() => readFrame({ header, arrays: {} } as Container)).toThrow(
    /lacks the array 0\/weights/,
  );
  const wrong = { shape: [1], data: new Uint8Array(1) };
  expect(() => readFrame({ header, arrays: { "0/weights": wrong } } as Container)).toThrow(
    /must be a Float32Array/,
  );
});
