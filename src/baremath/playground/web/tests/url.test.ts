import { describe, expect, test } from "vitest";

import {
  ACTIVATIONS,
  DATA_NAMES,
  INITS,
  LOSSES,
  OPTIMIZERS,
  PENALTIES,
  PROBLEMS,
  SCHEDULES,
  problemOf,
  type Own,
} from "../src/lib/config";
import { CONTROLS, defaultState, parseState, printState, type PageState } from "../src/lib/url";
import { Random } from "./random";

function randomOwn(random: Random): Own {
  const columns = random.list(random.whole(1, 4), () =>
    random.of(["a", "größe, cm", "x=1&y", "“"]),
  );
  const n = random.whole(0, 20);
  return {
    columns,
    X: random.list(n, () => columns.map(() => random.between(-1e6, 1e6))),
    y: random.list(n, () =>
      random.chance() ? random.between(-1, 1) : random.of(["ja", "no, no"]),
    ),
    shown: [0, columns.length - 1],
  };
}

function randomState(seed: number): PageState {
  const random = new Random(seed);
  const name = random.of(DATA_NAMES);
  const state = defaultState();
  state.config = {
    problem: name === "own" ? random.of(PROBLEMS) : problemOf(name),
    data: {
      name,
      n: random.whole(10, 10_000),
      noise: random.between(0, 50),
      share: random.whole(10, 90),
      seed: random.whole(0, 2 ** 31 - 1),
      own: name === "own" || random.chance(0.2) ? randomOwn(random) : null,
    },
    features: random.list(random.whole(1, 7), () =>
      random.of(["x1", "x1^2", "sin(x1)", "a,b", "ü&="]),
    ),
    layers: random.list(random.whole(0, 8), () => ({
      units: random.whole(1, 32),
      activation: random.of(ACTIVATIONS),
      dropout: random.chance() ? 0 : random.between(0, 0.95),
    })),
    loss: random.of(LOSSES),
    init: random.of(INITS),
    optimizer: {
      name: random.of(OPTIMIZERS),
      momentum: random.between(0, 0.95),
      rho: random.share(),
      beta_1: random.share(),
      beta_2: random.share(),
      weight_decay: random.between(0, 1),
    },
    learning_rate: 10 ** random.between(-9, 3),
    schedule: {
      name: random.of(SCHEDULES),
      epochs: random.between(1e-3, 1e6),
      factor: random.between(1e-6, 1),
    },
    penalty: { name: random.of(PENALTIES), rate: 10 ** random.between(-9, 6) },
    batch_size: random.whole(1, 10_000),
    seed: random.whole(0, 2 ** 31 - 1),
    stop: {
      epochs: random.chance() ? null : random.whole(1, 1e9),
      loss: random.chance() ? null : random.share(),
      patience: random.chance() ? null : random.whole(1, 1e9),
    },
  };
  if (random.chance()) state.variants = [{ label: "B, &c", learning_rate: random.share() }];
  if (random.chance()) {
    state.weights = Float32Array.from(random.list(30, () => random.between(-3, 3)));
    state.step = random.whole(0, 2 ** 53 - 1);
  }
  state.view = {
    show_test: random.chance(),
    discretise: random.chance(),
    speed: random.chance() ? null : random.between(0.1, 1e9),
  };
  state.hide = random.list(random.whole(0, 3), () => random.of(CONTROLS));
  return state;
}

describe("the state in the URL", () => {
  test("is empty where nothing differs from the default", () => {
    expect(printState(defaultState())).toBe("");
    expect(parseState("")).toEqual({ state: defaultState(), problems: [] });
  });

  test("can be read by a person", () => {
    const state = defaultState();
    state.config.data.name = "xor";
    state.config.layers = [
      { units: 4, activation: "tanh", dropout: 0 },
      { units: 8, activation: "relu", dropout: 0.2 },
    ];
    state.config.learning_rate = 0.1;
    state.hide = ["noise"];
    expect(printState(state)).toBe("data=xor&layers=4,8:relu:0.2&learning_rate=0.1&hide=noise");
  });

  test.each(Array.from({ length: 200 }, (_, seed) => seed))(
    "comes back as it went (seed %i)",
    (seed) => {
      const state = randomState(seed);
      const hash = printState(state);
      expect(hash).toMatch(/^[\w\-.~!*'()%=&,:+^]*$/);
      expect(parseState(`#${hash}`)).toEqual({ state, problems: [] });
    },
  );

  test.each([
    ["data=moons", /data: one of circle, .* is needed, not “moons”/],
    ["n=9", /n: a whole number from 10 to 10000/],
    ["n=", /n: a whole number/],
    ["noise=lots", /noise: a number from 0 to 50/],
    ["share=33.3", /share: a whole number/],
    ["rho=1", /rho: a number from 0 below 1/],
    ["schedule_epochs=0", /schedule_epochs: a number/],
    ["layers=4:tanh:0.1:9", /layers: units:activation:dropout/],
    ["layers=1,1,1,1,1,1,1,1,1", /layers: 0 to 8 items/],
    ["features=", /features: 1 to 37 items/],
    ["hide=%", /hide: /],
    [`features=${"x".repeat(61)}`, /features: names have 60 letters at most/],
    ["hide=foo", /hide: “foo” is no part of this page/],
    ["learning_rate=0", /learning_rate: a number above 0 to 1000/],
    ["show_test=yes", /show_test: 1 or 0/],
    ["weights=!!", /weights: weights must be base64/],
    ["weights=AADAfw", /weights: weights must be finite/],
    ["own=%7B%7D", /own: 1 to 32 names of columns/],
    ["own={", /own: /],
    ["variants=[{}]", /variants: a variant has a label/],
    ['variants=[{"label":"B","x":1}]', /variants: a variant has no “x”/],
    ["data=own", /data: the points of one's own are missing/],
    ["colour=red", /“colour” is no setting/],
    ["__proto__=1", /“__proto__” is no setting/],
    ["nonsense", /“nonsense” is no setting/],
  ])("has defaults and a word for %s", (hash, problem) => {
    const { state, problems } = parseState(`#${hash}`);
    expect(state).toEqual(defaultState());
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(problem);
  });

  test.each([
    ["problem=regression", "regression", "reg-plane"],
    ["data=reg-gauss", "regression", "reg-gauss"],
    ["data=spiral", "classification", "spiral"],
    ["problem=regression&data=spiral", "regression", "spiral"],
  ])("takes data and a problem that fit each other for %s", (hash, problem, data) => {
    const { config } = parseState(`#${hash}`).state;
    expect([config.problem, config.data.name]).toEqual([problem, data]);
  });

  test("keeps what is right beside what is wrong", () => {
    const { state, problems } = parseState("#noise=lots&data=xor");
    expect(state.config.data.name).toBe("xor");
    expect(problems).toHaveLength(1);
  });
});
