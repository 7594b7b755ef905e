import { describe, expect, test } from "vitest";

import { LossHistory } from "../src/lib/history";
import { LIMITS, defaultConfig, defaultLayer, type Timeline } from "../src/lib/protocol";
import { letterOf, nextTick, rowsOf, shareOf, ticksOf } from "../src/pages/network/parts/branches";
import { overlaid } from "../src/pages/network/parts/curves";
import { Latest } from "../src/pages/network/parts/latest";
import { stagesOf, toldOf } from "../src/pages/network/parts/stages";
import {
  ASPECTS,
  differing,
  firstChoice,
  gridOf,
  isPresent,
  runsOf,
  variantsOf,
  varied,
} from "../src/pages/network/parts/sweep";

describe("the timeline", () => {
  const branch = (id: number, parent: number | null, from_step: number, last_step: number) => ({
    id,
    parent,
    from_step,
    first_step: 0,
    last_step,
  });
  const branches = [branch(0, null, 0, 100), branch(1, 0, 60, 90), branch(2, 0, 30, 50)];
  branches.push(branch(3, 1, 80, 200));
  const timeline: Timeline = {
    type: "timeline",
    branches,
    current: 3,
    bookmarks: [
      { branch: 0, step: 70, name: "after B left" },
      { branch: 3, step: 150, name: "late" },
      { branch: 0, step: 20, name: "early" },
      { branch: 1, step: 80, name: "fork" },
      { branch: 2, step: 40, name: "elsewhere" },
    ],
  };

  test("is a tree of rows, in the order of leaving", () => {
    const rows = rowsOf(branches, new Map([[2, 75]]));
    expect(rows.map(({ letter }) => letter)).toEqual(["A", "C", "B", "D"]);
    expect(rows.map(({ up }) => up)).toEqual([0, 1, 2, 1]);
    expect(rows.map(({ last }) => last)).toEqual([100, 75, 90, 200]);
  });

  test("has room for branches whose origin was dropped", () => {
    const rows = rowsOf(branches.slice(1), new Map());
    expect(rows.map(({ id, parent, up }) => [id, parent, up])).toEqual([
      [1, null, 0],
      [3, 1, 1],
      [2, null, 0],
    ]);
  });

  test("shows the bookmarks on the way to a branch's end", () => {
    expect(ticksOf(timeline, 3).map(({ name }) => name)).toEqual(["early", "fork", "late"]);
    expect(ticksOf(timeline, 0).map(({ name }) => name)).toEqual(["early", "after B left"]);
    const ticks = ticksOf(timeline, 3);
    expect(nextTick(ticks, 80, 1)?.name).toBe("late");
    expect(nextTick(ticks, 80, -1)?.name).toBe("early");
    expect(nextTick(ticks, 150, 1)).toBeNull();
  });

  test("maps steps to places, and ids to letters", () => {
    expect([shareOf(0, 0), shareOf(50, 200), shareOf(300, 200)]).toEqual([0, 0.25, 1]);
    expect([0, 25, 26, 27].map(letterOf)).toEqual(["A", "Z", "AA", "AB"]);
  });
});

describe("latest wins", () => {
  test("one is on its way, and of the others only the last is sent", async () => {
    const sent: number[] = [];
    const ends: (() => void)[] = [];
    const latest = new Latest<number>((value) => {
      sent.push(value);
      return new Promise<void>((resolve) => ends.push(resolve));
    });
    for (let value = 0; value < 10; value++) void latest.ask(value);
    expect(sent).toEqual([0]);
    ends.shift()?.();
    await new Promise((resolve) => setTimeout(resolve));
    expect(sent).toEqual([0, 9]);
    ends.shift()?.();
    await new Promise((resolve) => setTimeout(resolve));
    void latest.ask(11);
    expect(sent).toEqual([0, 9, 11]);
  });

  test("goes on after a failure", async () => {
    const sent: number[] = [];
    const latest = new Latest<number>((value) => {
      sent.push(value);
      return value === 0 ? Promise.reject(new Error("no")) : Promise.resolve();
    });
    void latest.ask(0);
    await new Promise((resolve) => setTimeout(resolve));
    void latest.ask(1);
    expect(sent).toEqual([0, 1]);
  });
});

describe("stages", () => {
  test("go forward, to the loss, back, and to the update", () => {
    expect(stagesOf(2)).toEqual([
      { phase: "forward", layer: 0 },
      { phase: "forward", layer: 1 },
      { phase: "loss" },
      { phase: "backward", layer: 1 },
      { phase: "backward", layer: 0 },
      { phase: "update" },
    ]);
  });

  test("tell each layer's numbers once, and keep them", () => {
    const told = (key: "values" | "gradients" | "update", layer: number) =>
      stagesOf(3)
        .map((stage) => Number(toldOf(stage, layer)[key]))
        .join("");
    expect(told("values", 0)).toBe("11111111");
    expect(told("values", 2)).toBe("00111111");
    expect(told("gradients", 2)).toBe("00001111");
    expect(told("gradients", 0)).toBe("00000011");
    expect(told("update", 1)).toBe("00000001");
  });
});

describe("a sweep", () => {
  const config = defaultConfig();
  const aspect = (name: string) => {
    const found = ASPECTS.find((one) => one.name === name);
    if (found === undefined) throw new Error(name);
    return found;
  };

  test.each(ASPECTS.map((one) => [one.name, one] as const))(
    "%s has the present value among its own, and can say the others as a variant",
    (_, one) => {
      const odd = {
        ...config,
        learning_rate: 0.0123,
        batch_size: 17,
        penalty: { name: "L1" as const, rate: 0.007 },
        layers: [defaultLayer(5), { ...defaultLayer(3), activation: "relu" as const }],
      };
      for (const base of [config, odd]) {
        const options = one.options(base);
        expect(options.filter((option) => isPresent(option, base))).toHaveLength(1);
        for (const option of options) {
          const changed = option.apply(base);
          expect(varied(base, { label: "", ...differing(base, changed) })).toEqual(changed);
        }
      }
    },
  );

  test("over one thing leaves out the page's own value", () => {
    const options = aspect("learning_rate").options(config);
    const cells = gridOf(config, options);
    expect(variantsOf(cells)).toHaveLength(options.length - 1);
    expect(cells.find(({ variant }) => variant === null)?.label).toBe("0.03");
    expect(variantsOf(cells)[0]).toEqual({ label: "0.001", learning_rate: 0.001 });
    expect(runsOf(cells)).toEqual([1, 2, 3, 0, 4, 5, 6, 7]);
  });

  test("over two things is a grid", () => {
    const rates = aspect("learning_rate").options(config).slice(2, 6);
    const activations = aspect("activation").options(config).slice(0, 4);
    const cells = gridOf(config, rates, activations);
    expect(cells).toHaveLength(16);
    expect(variantsOf(cells)).toHaveLength(15);
    expect(new Set(cells.map(({ label }) => label)).size).toBe(16);
    const last = cells.at(-1)?.variant;
    expect(last?.learning_rate).toBe(0.3);
    expect(last?.layers?.every(({ activation }) => activation === "linear")).toBe(true);
  });

  test("says when there are too many runs, or one only", () => {
    const rates = aspect("learning_rate").options(config);
    expect(() => gridOf(config, rates, aspect("activation").options(config))).toThrow(
      `there may be ${LIMITS.runs}`,
    );
    expect(() => gridOf(config, rates.slice(3, 4))).toThrow("beside the present one");
  });

  test("is first chosen around the present value", () => {
    const options = aspect("learning_rate").options(config);
    expect(firstChoice(options, config, 4)).toEqual([2, 3, 4, 5]);
    expect(firstChoice(options, { ...config, learning_rate: 3 }, 4)).toEqual([4, 5, 6, 7]);
    expect(firstChoice(options, config, 99)).toEqual(options.map((_, k) => k));
  });

  test("a variant's activation holds for all layers", () => {
    const layers = varied(config, { label: "", activation: "relu" }).layers;
    expect(layers.map(({ activation }) => activation)).toEqual(["relu", "relu"]);
  });
});

describe("curves of several runs", () => {
  test("lie over the first one's steps", () => {
    const [one, other] = [new LossHistory(), new LossHistory()];
    const branches = [{ id: 0, parent: null, from_step: 0, first_step: 0, last_step: 0 }];
    const now = { branch: 0, step: 20, train_loss: null, test_loss: null };
    one.append(Float64Array.of(0, 1, 2, 10, 3, 4, 20, 5, 6), now, branches);
    other.append(Float64Array.of(0, 7, 8, 20, 9, NaN), now, branches);
    const { steps, train, test } = overlaid([one, other]);
    expect(steps).toEqual([0, 10, 20]);
    expect(train[1]).toEqual([7, null, 9]);
    expect(test).toEqual([
      [2, 4, 6],
      [8, null, null],
    ]);
  });
});
