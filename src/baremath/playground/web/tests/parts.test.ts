import { describe, expect, test } from "vitest";

import { enlarge, paint } from "../src/lib/paint";
import { classColour, divergingColour } from "../src/lib/palette";
import { apiUrl, pageHref, pageName, socketUrl } from "../src/lib/place";
import { nearest, toDomain, toScreen } from "../src/lib/scatter";
import { scaleOf } from "../src/lib/slider-scale";

describe("the place of a page", () => {
  const at = { href: "http://h:1/proxy/8000/network?token=a%2Bb#data=xor" };

  test("is found behind a proxy's prefix, and keeps the token", () => {
    expect(pageName(at)).toBe("network");
    expect(pageHref("boosting", at)).toBe("http://h:1/proxy/8000/boosting?token=a%2Bb");
    expect(pageHref("", at)).toBe("http://h:1/proxy/8000/?token=a%2Bb");
    expect(apiUrl("/api/boosting", at)).toBe("http://h:1/proxy/8000/api/boosting?token=a%2Bb");
    expect(socketUrl(at)).toBe("ws://h:1/proxy/8000/ws?token=a%2Bb");
    expect(socketUrl({ href: "https://h/" })).toBe("wss://h/ws");
    expect(pageName({ href: "http://h/" })).toBe("");
  });
});

describe("paint", () => {
  const look = { dark: false, discretise: false };

  test("gives the ends of a scale their colours", () => {
    const pixels = new Uint8ClampedArray(8);
    paint({ shape: [1, 2], data: Uint8Array.of(0, 255) }, pixels, { kind: "diverging", ...look });
    expect([...pixels]).toEqual([
      ...divergingColour(-1, false),
      255,
      ...divergingColour(1, false),
      255,
    ]);
  });

  test("enlarges by straight lines, and keeps what is even", () => {
    const large = enlarge({ shape: [1, 2], data: Uint8Array.of(0, 80) }, 4);
    expect(large.shape).toEqual([4, 8]);
    expect([...large.data.subarray(0, 8)]).toEqual([0, 0, 10, 30, 50, 70, 80, 80]);
    const even = enlarge({ shape: [3, 5, 5], data: new Uint8Array(75).fill(7) }, 3);
    expect(even.shape).toEqual([3, 15, 15]);
    expect(new Set(even.data)).toEqual(new Set([7]));
  });

  test("leaves two colours where only the decision counts", () => {
    const data = Uint8Array.from({ length: 256 }, (_, i) => i);
    const pixels = new Uint8ClampedArray(1024);
    paint({ shape: [16, 16], data }, pixels, { kind: "diverging", dark: false, discretise: true });
    const words = new Uint32Array(pixels.buffer);
    expect(new Set(words).size).toBe(2);
    expect(words[127]).not.toBe(words[128]);
  });

  test("shows the likeliest of the classes", () => {
    const pixels = new Uint8ClampedArray(4);
    paint({ shape: [3, 1, 1], data: Uint8Array.of(0, 255, 0) }, pixels, {
      kind: "classes",
      ...look,
    });
    const distance = (k: number) =>
      Math.hypot(...classColour(k, false).map((part, i) => part - (pixels[i] ?? 0)));
    expect(distance(1)).toBeLessThan(Math.min(distance(0), distance(2)));
  });
});

describe("a slider's scale", () => {
  test.each([0.00001, 0.03, 1, 10])("of powers finds %s again", (value) => {
    const scale = scaleOf({ min: 0.00001, max: 10, log: true });
    expect(scale.toValue(scale.toPlace(value))).toBe(value);
  });

  test("of powers has a zero where it is asked for", () => {
    const scale = scaleOf({ min: 0.001, max: 10, log: true, zero: true });
    expect(scale.toValue(scale.low)).toBe(0);
    expect(scale.toValue(scale.toPlace(0.001))).toBe(0.001);
    expect(scale.toPlace(0)).toBe(scale.low);
  });

  test("of stops takes the nearest", () => {
    const scale = scaleOf({ min: 0, max: 0, stops: [0, 0.1, 1] });
    expect(scale.toPlace(0.4)).toBe(1);
    expect(scale.toValue(2)).toBe(1);
  });
});

describe("a scatter plot", () => {
  const frame = {
    domain: [
      [-6, 6],
      [-6, 6],
    ] as const,
    width: 240,
    height: 120,
  };

  test("knows where a point is on the screen, and back", () => {
    expect(toScreen([-6, 6], frame)).toEqual([0, 0]);
    expect(toScreen([0, -6], frame)).toEqual([120, 120]);
    expect(toDomain(toScreen([1.5, -2.5], frame), frame)).toEqual([1.5, -2.5]);
  });

  test("finds the nearest point that is shown", () => {
    const points = { X: Float32Array.of(0, 0, 0.1, 0), y: new Float32Array(2), train: null };
    const shown = () => true;
    expect(nearest(points, [122, 60], frame, 10, shown)).toBe(1);
    expect(nearest(points, [122, 60], frame, 10, (i) => i === 0)).toBe(0);
    expect(nearest(points, [200, 60], frame, 10, shown)).toBeNull();
  });
});
