import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

import { Connection, ConnectionLost, Refused } from "../src/lib/connection.svelte";
import { decodeWeights, defaultConfig } from "../src/lib/protocol";
import { container } from "./container";
import { FakeSocket } from "./socket";

const configured = (re: number) => ({
  type: "configured",
  re,
  shape: [1, 1],
  inputs: ["x1"],
  outputs: ["y"],
  activations: ["linear"],
  n_weights: 2,
  redrawn: false,
  runs: [""],
  config: defaultConfig(),
  step: 0,
});

function frame(seq: number, step: number, weights: number[]): ArrayBuffer {
  const losses = Float64Array.from([step, 0.5, 0.6]);
  const payload = new Uint8Array(8 + losses.byteLength);
  payload.set(new Uint8Array(Float32Array.from(weights).buffer));
  payload.set(new Uint8Array(losses.buffer), 8);
  const arrays = [
    { name: "0/weights", dtype: "f4", shape: [2], offset: 0 },
    { name: "0/losses", dtype: "f8", shape: [1, 3], offset: 8 },
  ];
  return container({ type: "frame", seq, runs: [{ label: "A", step }], arrays }, payload);
}

const sockets: FakeSocket[] = [];
let draw: () => void;
let connection: Connection;

/** The newest socket. */
function socket(): FakeSocket {
  return sockets.at(-1) as FakeSocket;
}

beforeEach(() => {
  vi.useFakeTimers();
  sockets.length = 0;
  const wanted = { config: defaultConfig(), variants: [], weights: null, frozen: [], step: 0 };
  connection = new Connection(wanted, {
    open: () => {
      sockets.push(new FakeSocket());
      return socket() as unknown as WebSocket;
    },
    drawn: () => new Promise((resolve) => (draw = resolve)),
  });
  connection.connect();
  socket().onopen?.();
  socket().receive(configured(1));
});

afterEach(() => {
  connection.close();
  vi.useRealTimers();
});

describe("a connection", () => {
  test("configures once it is open", () => {
    expect(connection.status).toBe("open");
    expect(connection.configured?.n_weights).toBe(2);
    expect(socket().sent).toEqual([
      { type: "configure", id: 1, config: defaultConfig(), variants: [] },
    ]);
  });

  test("gives each request its own reply", async () => {
    const first = connection.request("inspect", { sample: 1 });
    const second = connection.request("inspect", { sample: 2 });
    const [a, b] = socket().of("inspect");
    socket().receive({ type: "inspected", re: b?.id, sample: 2 });
    socket().receive({ type: "inspected", re: a?.id, sample: 1 });
    expect((await first).sample).toBe(1);
    expect((await second).sample).toBe(2);
  });

  test("rejects what the server refuses, in its words", async () => {
    const request = connection.request("learn", { sample: 999 });
    socket().receive({ type: "error", re: socket().of("learn")[0]?.id, message: "no such point" });
    await expect(request).rejects.toThrow(new Refused("no such point"));
  });

  test("acknowledges a frame only after the one before has been drawn", async () => {
    socket().receive(frame(7, 10, [1, 2]));
    expect(connection.frame?.runs[0]?.step).toBe(10);
    expect(connection.histories[0]?.steps).toEqual([10]);
    await Promise.resolve();
    expect(socket().of("ack")).toEqual([{ type: "ack", seq: 7 }]);
    const drawFirst = draw;
    socket().receive(frame(8, 20, [1, 2]));
    await Promise.resolve();
    expect(socket().of("ack")).toHaveLength(1);
    drawFirst();
    await Promise.resolve();
    expect(socket().of("ack")).toHaveLength(2);
  });

  test("comes back with the last weights, and goes on playing", async () => {
    connection.send("play", {});
    connection.send("speed", { steps_per_second: 40 });
    const lost = connection.request("inspect", { sample: 0 });
    socket().receive(frame(1, 25, [0.5, -1]));
    socket().close();
    await expect(lost).rejects.toBeInstanceOf(ConnectionLost);
    expect(connection.status).toBe("waiting");
    vi.advanceTimersByTime(700);
    expect(sockets).toHaveLength(2);
    socket().onopen?.();
    expect(socket().sent.map(({ type }) => type)).toEqual(["configure", "speed", "play"]);
    const [configure] = socket().of("configure");
    expect(configure?.step).toBe(25);
    expect(Array.from(decodeWeights(configure?.weights as string))).toEqual([0.5, -1]);
  });

  test("takes new weights where the last no longer fit", async () => {
    socket().receive(frame(1, 25, [0.5, -1]));
    socket().close();
    vi.advanceTimersByTime(700);
    socket().onopen?.();
    socket().receive({ type: "error", re: socket().sent[0]?.id, message: "they don't fit" });
    await Promise.resolve();
    await Promise.resolve();
    expect(socket().of("configure")).toHaveLength(2);
    expect(socket().of("configure")[1]).not.toHaveProperty("weights");
  });

  test("waits longer each time it can't connect", () => {
    const waits: number[] = [];
    for (let i = 0; i < 6; i++) {
      socket().close();
      const count = sockets.length;
      let waited = 0;
      while (sockets.length === count) {
        vi.advanceTimersByTime(25);
        waited += 25;
      }
      waits.push(waited);
    }
    expect(waits[0]).toBeLessThan(700);
    expect(waits[5]).toBeGreaterThan(7000);
    expect(Math.max(...waits)).toBeLessThan(20_000);
  });

  test("stays closed once it is closed", () => {
    connection.close();
    vi.advanceTimersByTime(60_000);
    expect(sockets).toHaveLength(1);
    expect(connection.status).toBe("closed");
  });
});
