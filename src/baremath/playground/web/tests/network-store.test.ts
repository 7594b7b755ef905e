import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

import { notices } from "../src/lib/notices.svelte";
import { defaultConfig, type Config, type Own } from "../src/lib/protocol";
import { NetworkStore } from "../src/pages/network/network.svelte";
import { FakeSocket } from "./socket";

const FEATURES = ["x1", "x2", "x1^2", "x2^2", "x1x2", "sin x1", "sin x2"];

let socket: FakeSocket;
let store: NetworkStore;

function begin(hash = ""): void {
  store = new NetworkStore(hash, {
    open: () => (socket = new FakeSocket()) as unknown as WebSocket,
    drawn: () => Promise.resolve(),
  });
  store.connection.connect();
  socket.welcome();
}

/** Answer the last message of a type, by default with what was configured. */
async function answer(type = "configure", reply: object = {}): Promise<void> {
  const asked = socket.of(type).at(-1);
  const config = asked?.config ?? store.config;
  socket.receive({ type: "configured", re: asked?.id, runs: [""], config, variants: [], ...reply });
  for (let i = 0; i < 5; i++) await Promise.resolve();
}

const asked = () => socket.of("configure").map(({ config }) => config as Config);

beforeEach(async () => {
  vi.useFakeTimers();
  notices.items = [];
  begin();
  await answer();
});

afterEach(() => {
  store.connection.close();
  vi.useRealTimers();
});

describe("an edit", () => {
  test("is sent at once; while it is on its way, only the latest waits", async () => {
    for (const learning_rate of [0.1, 0.2, 0.3, 0.4]) store.edit({ learning_rate });
    expect(asked().slice(1).map((config) => config.learning_rate)).toEqual([0.1]);
    await answer();
    expect(asked().slice(1).map((config) => config.learning_rate)).toEqual([0.1, 0.4]);
    await answer();
    expect(asked()).toHaveLength(3);
    expect(store.config.learning_rate).toBe(0.4);
  });

  test("that is refused goes back to what was accepted, and says why", async () => {
    store.edit({ batch_size: 30 });
    await answer();
    store.edit({ features: ["x9"] });
    await answer("configure", { type: "error", message: "there is no x9" });
    expect(store.config.features).toEqual(["x1", "x2"]);
    expect(store.config.batch_size).toBe(30);
    expect(notices.items.map(({ text }) => text)).toEqual(["there is no x9"]);
  });
});

describe("data", () => {
  test("decide the problem, and the problem the data", () => {
    store.edit({ loss: "cross-entropy" });
    store.chooseData("reg-gauss");
    expect(store.config).toMatchObject({ problem: "regression", loss: "squared" });
    expect(store.config.data.n).toBe(1200);
    store.setProblem("classification");
    expect(store.config.data).toMatchObject({ name: "circle", n: 500 });
  });

  test("of one's own bring their columns", () => {
    const own: Own = { columns: ["age"], X: [[1], [2]], y: [0, 1], shown: [0, 0] };
    store.edit({ features: ["x2", "sin x1"] });
    store.setOwn(own, "classification");
    expect(store.config.features).toEqual(["x1"]);
    expect(store.config.data).toMatchObject({ name: "own", own });
  });
});

describe("the network", () => {
  test("has its features in their order, and at least one", () => {
    store.toggleFeature("x1x2", FEATURES);
    store.toggleFeature("x1^2", FEATURES);
    store.toggleFeature("x1", FEATURES);
    expect(store.config.features).toEqual(["x2", "x1^2", "x1x2"]);
    for (const name of ["x2", "x1^2", "x1x2"]) store.toggleFeature(name, FEATURES);
    expect(store.config.features).toEqual(["x1x2"]);
  });

  test("grows and shrinks within its limits", () => {
    for (let i = 0; i < 12; i++) store.addLayer();
    expect(store.config.layers).toHaveLength(8);
    for (let i = 0; i < 40; i++) store.addUnit(0);
    expect(store.config.layers[0]?.units).toBe(32);
    for (let i = 0; i < 9; i++) store.removeLayer();
    expect(store.config.layers).toEqual([]);
  });
});

describe("a weight", () => {
  test("is set by its place alone, one change at a time", async () => {
    const selection = { kind: "link", layer: 0, unit: 1, input: null } as const;
    for (const value of [1, 2, 3]) store.setWeight(selection, value);
    const place = { layer: 0, unit: 1, input: null };
    expect(socket.of("set_weight")).toMatchObject([{ ...place, value: 1 }]);
    expect(socket.of("set_weight")[0]).not.toHaveProperty("kind");
    await answer("set_weight", { type: "done" });
    expect(socket.of("set_weight")).toMatchObject([{ value: 1 }, { ...place, value: 3 }]);
  });
});

test("going back in time brings back the settings of then", async () => {
  const then = { ...defaultConfig(), learning_rate: 3 };
  store.play();
  void store.seek(100);
  await answer("seek", { config: then });
  expect(store.config.learning_rate).toBe(3);
  expect(store.playing).toBe(false);
});

test("one run alone goes on with its own settings", async () => {
  store.setVariants([{ label: "B", learning_rate: 3 }]);
  await answer();
  void store.adopt(1);
  expect(socket.of("adopt")).toMatchObject([{ run: 1 }]);
  await answer("adopt", { config: { ...defaultConfig(), learning_rate: 3 } });
  expect(store.config.learning_rate).toBe(3);
  expect(store.variants).toEqual([]);
});

test("an edit made while the past is sought comes after it", async () => {
  void store.seek(100);
  store.edit({ learning_rate: 0.3 });
  await answer("seek", { config: defaultConfig() });
  await answer();
  expect(store.config.learning_rate).toBe(0.3);
  expect(asked().at(-1)?.learning_rate).toBe(0.3);
});

test("an edit doesn't overtake a moment that waits to be sought", async () => {
  for (const step of [300, 200, 100]) void store.seek(step);
  expect(socket.of("seek")).toMatchObject([{ step: 300 }]);
  store.edit({ learning_rate: 0.3 });
  expect(socket.of("seek")).toMatchObject([{ step: 300 }, { step: 100 }]);
  await answer("seek", { config: defaultConfig() });
  await answer("seek", { config: defaultConfig() });
  await answer();
  expect(store.config.learning_rate).toBe(0.3);
});

test("an edit made while the server is away is made up for", async () => {
  socket.close();
  store.edit({ batch_size: 30 });
  await vi.advanceTimersByTimeAsync(1);
  vi.advanceTimersByTime(700);
  socket.welcome();
  await answer();
  expect(asked().map(({ batch_size }) => batch_size)).toEqual([10, 30]);
  await answer();
  expect(store.config.batch_size).toBe(30);
});

test("where the server refuses an address, the usual network is there, and why", async () => {
  store.connection.close();
  begin("#data=circle&problem=regression");
  await answer("configure", { type: "error", message: "circle is not for regression" });
  await answer();
  expect(asked().at(-1)).toEqual(defaultConfig());
  expect(store.config).toEqual(defaultConfig());
  expect(notices.items.map(({ text }) => text)).toEqual(["circle is not for regression"]);
});

test("points beyond what an address holds are left out of it", () => {
  const X = Array.from({ length: 9000 }, (_, i) => [i / 7, i / 3]);
  store.setOwn({ columns: ["a", "b"], X, y: X.map(() => 0), shown: [0, 1] }, "regression");
  vi.stubGlobal("location", { href: "http://h/network" });
  expect(store.link(false).length).toBeLessThan(500);
  vi.unstubAllGlobals();
});

test("the address tells settings, and what isn't shown", async () => {
  store.connection.close();
  begin("#layers=3:relu&hide=data,paly&speed=20");
  expect(store.config.layers).toMatchObject([{ units: 3, activation: "relu" }]);
  expect([store.isShown("data"), store.isShown("noise")]).toEqual([false, true]);
  expect(notices.items.map(({ text }) => text)).toEqual([
    expect.stringMatching(/hide: “paly” is no part of this page; there are transport, speed,/),
  ]);
  await answer();
  expect(socket.of("speed")).toMatchObject([{ steps_per_second: 20 }]);
});
