import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

import { Connection } from "../src/lib/connection.svelte";
import { notices } from "../src/lib/notices.svelte";
import { decodeWeights, defaultConfig, type Config } from "../src/lib/protocol";
import { ConnectionLost, Refused } from "../src/lib/requests";
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
  variants: [],
  step: 0,
});

function frame(seq: number, step: number, weights: number[], test_loss = 0.6): ArrayBuffer {
  const losses = Float64Array.from([step, 0.5, test_loss]);
  const payload = new Uint8Array(8 + losses.byteLength);
  payload.set(new Uint8Array(Float32Array.from(weights).buffer));
  payload.set(new Uint8Array(losses.buffer), 8);
  const arrays = [
    { name: "0/weights", dtype: "f4", shape: [2], offset: 0 },
    { name: "0/losses", dtype: "f8", shape: [1, 3], offset: 8 },
  ];
  return container({ type: "frame", seq, branch: 0, runs: [{ label: "A", step }], arrays }, payload);
}

const TIMELINE = {
  type: "timeline",
  branches: [{ id: 0, parent: null, from_step: 0, first_step: 0, last_step: 0 }],
  current: 0,
  bookmarks: [],
};

const sockets: FakeSocket[] = [];
let draw: () => void;
let connection: Connection;

/** The newest socket. */
function socket(): FakeSocket {
  return sockets.at(-1) as FakeSocket;
}

/** Answer the last message of a type, and let what waits for it go on. */
async function answer(type = "configure", reply: object = {}): Promise<void> {
  socket().receive({ ...configured(socket().of(type).at(-1)?.id ?? 0), ...reply });
  for (let i = 0; i < 5; i++) await Promise.resolve();
}

/** Break the connection, and let the page in again. */
function comeBack(): void {
  socket().close();
  vi.advanceTimersByTime(700);
  socket().welcome();
}

beforeEach(async () => {
  vi.useFakeTimers();
  sockets.length = 0;
  notices.items = [];
  const wanted = { config: defaultConfig(), variants: [], weights: null, frozen: [], step: 0 };
  connection = new Connection(wanted, {
    open: () => {
      sockets.push(new FakeSocket());
      return socket() as unknown as WebSocket;
    },
    drawn: () => new Promise((resolve) => (draw = resolve)),
  });
  connection.connect();
  socket().welcome();
  socket().receive(TIMELINE);
  await answer();
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
    socket().welcome();
    await answer();
    expect(socket().sent.map(({ type }) => type)).toEqual(["configure", "speed", "play"]);
    const [configure] = socket().of("configure");
    expect(configure?.step).toBe(25);
    expect(Array.from(decodeWeights(configure?.weights as string))).toEqual([0.5, -1]);
    expect(notices.items[0]?.text).toMatch(/again at step 25; the timeline begins there/);
  });

  test("comes back with the settings of the last weights, then tells of edits since", async () => {
    socket().receive(frame(1, 25, [0.5, -1]));
    const edited = { config: { ...defaultConfig(), layers: [] }, variants: [] };
    connection.onresumed = () => connection.send("configure", edited);
    comeBack();
    await answer();
    const [first, second] = socket().of("configure");
    expect(first).toMatchObject({ config: defaultConfig(), step: 25 });
    expect(second?.config).toEqual(edited.config);
    expect(second).not.toHaveProperty("weights");
  });

  test("begins with an address that was opened while it was away", async () => {
    socket().receive(frame(1, 100, [0.5, -1]));
    socket().close();
    const beginning = { config: defaultConfig(), variants: [], frozen: [1], step: 25 };
    await connection.begin({ ...beginning, weights: Float32Array.of(7, 8) });
    vi.advanceTimersByTime(700);
    socket().welcome();
    const [configure] = socket().of("configure");
    expect(configure).toMatchObject({ step: 25, frozen: [1] });
    expect(Array.from(decodeWeights(configure?.weights as string))).toEqual([7, 8]);
  });

  test("keeps its losses through a break", async () => {
    for (const step of [0, 10, 20]) socket().receive(frame(1, step, [0.5, -1]));
    comeBack();
    const [only] = TIMELINE.branches;
    socket().receive({ ...TIMELINE, branches: [{ ...only, first_step: 20, last_step: 20 }] });
    await answer("configure", { redrawn: true });
    socket().receive(frame(1, 20, [0.5, -1]));
    socket().receive(frame(1, 30, [0.5, -1]));
    expect(connection.histories[0]?.steps).toEqual([0, 10, 20, 30]);
  });

  test("takes new weights where the last don't fit, and says so", async () => {
    socket().receive(frame(1, 25, [0.5, -1]));
    comeBack();
    await answer("configure", { type: "error", message: "they don't fit" });
    expect(socket().of("configure")).toHaveLength(2);
    expect(socket().of("configure")[1]).not.toHaveProperty("weights");
    expect(notices.items.map(({ text }) => text)).toEqual([
      "New weights are drawn, as the last can't be used: they don't fit",
    ]);
    expect(socket().of("speed")).toEqual([]);
  });

  test("says what can't be done while it is away, and makes up for what can", async () => {
    socket().close();
    connection.send("speed", { steps_per_second: 40 });
    connection.send("play", {});
    connection.send("reset", {});
    await Promise.resolve();
    await Promise.resolve();
    expect(notices.items.map(({ text }) => text)).toEqual([
      "There is no connection to the server; try again when it is back.",
    ]);
    expect(connection.playing).toBe(true);
  });

  test("says points of one's own once to each server", async () => {
    const own = { columns: ["a"], X: [[1], [2]], y: [0, 1], shown: [0, 0] as [number, number] };
    const config = { ...defaultConfig(), data: { ...defaultConfig().data, name: "own" as const, own } };
    const configure = async (batch_size: number) => {
      connection.send("configure", { config: { ...config, batch_size } });
      await answer();
    };
    await configure(1);
    await configure(2);
    const said = () => socket().of("configure").map((one) => (one.config as Config).data.own);
    expect(said()).toEqual([null, own, null]);
    socket().receive(frame(1, 25, [0.5, -1]));
    comeBack();
    expect(said()).toEqual([own]);
  });

  test("doesn't play where that is refused", async () => {
    connection.send("play", {});
    expect(connection.playing).toBe(true);
    await answer("play", { type: "error", message: "there is nothing to train" });
    expect(connection.playing).toBe(false);
  });

  test("tells which bookmarks go with their timeline", () => {
    const first = { id: 0, parent: null, from_step: 0, first_step: 0, last_step: 90 };
    const bookmarks = [{ branch: 0, step: 20, name: "" }];
    socket().receive({ ...TIMELINE, branches: [first, { ...first, id: 1 }], bookmarks });
    expect(notices.items).toEqual([]);
    socket().receive(TIMELINE);
    expect(notices.items.map(({ text }) => text)).toEqual([
      "The timeline begins anew; gone with the last: 2 branches and a bookmark.",
    ]);
  });

  test("tells of a bookmark that goes where training begins anew", () => {
    const trained = { id: 0, parent: null, from_step: 0, first_step: 0, last_step: 90 };
    const bookmarks = [{ branch: 0, step: 20, name: "" }];
    socket().receive({ ...TIMELINE, branches: [trained], bookmarks });
    socket().receive(TIMELINE);
    expect(notices.items).toHaveLength(1);
  });

  test("tells nothing where a bookmark is removed before the first step", () => {
    socket().receive({ ...TIMELINE, bookmarks: [{ branch: 0, step: 0, name: "" }] });
    socket().receive(TIMELINE);
    expect(notices.items).toEqual([]);
  });

  test("rests once the server has ended the session", () => {
    socket().receive({ type: "goodbye", reason: "nothing was heard for 30 minutes." });
    socket().close();
    vi.advanceTimersByTime(3_600_000);
    expect(sockets).toHaveLength(1);
    expect(connection.status).toBe("resting");
    expect(notices.items).toEqual([]);
    connection.connect();
    socket().welcome();
    expect(connection.status).toBe("open");
  });

  test("asks a full server seldom, and with nothing to read", () => {
    for (let i = 0; i < 20; i++) {
      socket().close();
      vi.advanceTimersByTime(60_000);
      socket().receive({ type: "goodbye", reason: "64 sessions are open already." });
    }
    sockets.length = 1;
    for (let second = 0; second < 60; second++) {
      if (connection.status === "connecting") {
        socket().receive({ type: "goodbye", reason: "64 sessions are open already." });
        socket().close();
      }
      vi.advanceTimersByTime(1000);
    }
    expect(sockets.length).toBeLessThan(7);
    expect(sockets.flatMap(({ sent }) => sent)).toHaveLength(1);
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
