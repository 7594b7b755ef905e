import { describe, expect, test } from "vitest";

import { classNameOf, drawnOf, ownOfDrawing, sprayed } from "../src/pages/network/parts/drawn";
import { ownOf, possibleInputs, sourceOf, suggested } from "../src/pages/network/parts/own";
import { numberIn, readTable } from "../src/pages/network/parts/table";
import { Random } from "./random";

describe("a table", () => {
  test.each([
    ["a,b,c\n1,2,x\n3,4,y\n", ",", false],
    ["a;b;c\r\n1,5;2;x\r\n3,25;4;y", ";", true],
    ["a;b;c\r\n1.5;2;x\r\n3.25;4;y", ";", false],
    ["a\tb\tc\r1\t2\tx\r3\t4\ty", "\t", false],
    ["\uFEFFa,b,c\n\n1,2,x\n,,\n3,4,y\n\n", ",", false],
    ["a , b ,c\n 1,  2 ,x\n3,4, y", ",", false],
  ])("is read by its separator: %j", (text, separator, decimalComma) => {
    const table = readTable(text);
    expect(table).toMatchObject({ separator, decimalComma, header: true, ragged: 0 });
    expect(table.columns.map(({ name }) => name)).toEqual(["a", "b", "c"]);
    expect(table.columns.map(({ numeric }) => numeric)).toEqual([true, true, false]);
    expect(table.rows).toHaveLength(2);
    expect(table.rows.map((row) => row[2])).toEqual(["x", "y"]);
  });

  test("keeps separators, line breaks and quotes within quotes", () => {
    const table = readTable('name,"a ""b"", c"\n"x, y",1\n"two\nlines",2');
    expect(table.columns[1]?.name).toBe('a "b", c');
    expect(table.rows).toEqual([
      ["x, y", "1"],
      ["two\nlines", "2"],
    ]);
  });

  test("may have no names", () => {
    const table = readTable("1,2\n3,4");
    expect(table.header).toBe(false);
    expect(table.columns.map(({ name }) => name)).toEqual(["column 1", "column 2"]);
    expect(readTable("1,2\n3,4\n5,6", true).rows).toHaveLength(2);
    expect(readTable("a,b\nc,d\n", false).rows).toHaveLength(2);
    expect(() => readTable("a,b", true)).toThrow("no rows");
  });

  test("counts what is missing, too much, or no number", () => {
    const rows = Array.from({ length: 20 }, (_, i) => `${i},${i * 2},k`);
    const table = readTable(["a,b,c", ...rows, "NA,?,k", "5", "1,2,3,4", "9,many,k"].join("\n"));
    expect(table.ragged).toBe(1);
    expect(table.columns[0]).toMatchObject({ numeric: true, missing: 1 });
    expect(table.columns[1]).toMatchObject({ numeric: true, missing: 3 });
    expect(table.columns[2]).toMatchObject({ numeric: false, missing: 1, distinct: 1 });
  });

  test.each([
    ["", "nothing"],
    [" \n\t\n ", "nothing"],
    ["1\n2\n3", "one column"],
    ['a,b\n"1,2', "never closed"],
  ])("that can't be read says why: %j", (text, why) => {
    expect(() => readTable(text)).toThrow(why);
  });

  test("of anything at all is read, or refused in words", () => {
    const random = new Random(7);
    const letters = ['"', ",", ";", "\t", "\n", "\r", " ", "1", "2.5", "-", "x", "\u2212", "é"];
    for (let trial = 0; trial < 2000; trial++) {
      const pick = () => letters[Math.floor(random.between(0, letters.length))] as string;
      const text = Array.from({ length: Math.floor(random.between(0, 40)) }, pick).join("");
      try {
        const table = readTable(text);
        expect(table.rows.every((row) => row.length === table.columns.length)).toBe(true);
      } catch (error) {
        expect((error as Error).message).toMatch(/^[A-Z].*\.$/);
      }
    }
  });

  test("has numbers as people write them", () => {
    expect(
      ["1", "-2.5", "+3", ".5", "1e3", "\u22124", "2."].map((cell) => numberIn(cell, false)),
    ).toEqual([1, -2.5, 3, 0.5, 1000, -4, 2]);
    expect(
      ["", "x", "1,5", "1e999", "0x10", "1 2", "--1"].map((cell) => numberIn(cell, false)),
    ).toEqual(Array(7).fill(null));
    expect(numberIn("1,5", true)).toBe(1.5);
  });
});

describe("points of one's own", () => {
  const iris = readTable(
    ["length,width,site,kind"]
      .concat(Array.from({ length: 30 }, (_, i) => `${i},${i / 2},n${i},${["b", "a"][i % 2]}`))
      .join("\n"),
  );

  test("have a target, inputs and a picture suggested", () => {
    expect(suggested(iris)).toEqual({
      problem: "classification",
      target: 3,
      inputs: [0, 1],
      shown: [0, 1],
    });
    const amounts = readTable(
      `x,y\n${Array.from({ length: 30 }, (_, i) => `${i},${i}.5`).join("\n")}`,
    );
    expect(suggested(amounts)).toMatchObject({ problem: "regression", target: 1, inputs: [0] });
    const names = readTable(
      "x,y,name\n1,2,p\n2,3,q\n3,4,r\n4,4,s\n5,4,t\n6,3,u\n7,1,v\n8,1,w\n9,1,k\n1,1,l\n2,1,m",
    );
    expect(suggested(names)).toMatchObject({ target: 1, inputs: [0] });
    expect(possibleInputs(iris.columns, 0)).toEqual([1]);
  });

  test("are made of the complete rows", () => {
    const table = readTable("a,b,c\n1,2,x\n,2,x\n3,4,y\n5,6,\n7,8,y");
    const { own, remarks } = ownOf(table, suggested(table));
    expect(own).toEqual({
      columns: ["a", "b"],
      X: [
        [1, 2],
        [3, 4],
        [7, 8],
      ],
      y: ["x", "y", "y"],
      shown: [0, 1],
    });
    expect(remarks).toEqual(["2 rows are left out: a cell is empty, or is no number."]);
  });

  test("show two of many inputs, in whatever order", () => {
    const table = readTable("a,b,c,t\n1,2,3,0\n4,5,6,1\n7,8,9,0");
    const choice = { problem: "regression", target: 3, inputs: [1, 2], shown: [2, 1] } as const;
    const { own } = ownOf(table, { ...choice, inputs: [1, 2], shown: [2, 1] });
    expect(own).toMatchObject({ columns: ["b", "c"], y: [0, 1, 0], shown: [1, 0] });
  });

  test("count numbers as one class however they are written", () => {
    const table = readTable("a,t\n1,1\n2,1.0\n3,2\n4,2");
    const choice = { problem: "classification", target: 1, inputs: [0] } as const;
    expect(ownOf(table, { ...choice, inputs: [0], shown: [0, 0] }).own.y).toEqual([
      "1",
      "1",
      "2",
      "2",
    ]);
  });

  test("stay within what the server takes", () => {
    const many = Array.from({ length: 25_000 }, (_, i) => `${i},${2e9 + i},${i % 2 ? "p" : "q"}`);
    const table = readTable(`a,large,k\n${many.join("\n")}`);
    const { own, remarks } = ownOf(table, suggested(table));
    expect(own.X).toHaveLength(10_000);
    expect(own.columns).toEqual(["a", "large / 1e4"]);
    expect(Math.max(...own.X.flat())).toBeLessThanOrEqual(1e6);
    expect(new Set(own.y)).toEqual(new Set(["p", "q"]));
    expect(remarks[0]).toBe("10,000 of 25,000 rows, evenly spread.");
  });

  test.each([
    [{ inputs: [] }, "at least one column"],
    [{ problem: "regression" as const }, "holds words"],
    [{ target: 2, inputs: [0, 1] }, "30 different values"],
  ])("that don't fit say why: %j", (change, why) => {
    expect(() => ownOf(iris, { ...suggested(iris), ...change })).toThrow(why);
  });

  test("need two rows, and two classes", () => {
    const one = readTable("a,k\n1,x\n,y");
    expect(() =>
      ownOf(one, { problem: "classification", target: 1, inputs: [0], shown: [0, 0] }),
    ).toThrow("at least 2");
    const same = readTable("a,k\n1,x\n2,x");
    expect(() =>
      ownOf(same, { problem: "classification", target: 1, inputs: [0], shown: [0, 0] }),
    ).toThrow("one value");
  });
});

describe("a drawing", () => {
  test("becomes points with classes or amounts", () => {
    const drawn = [
      { x: 1.23456, y: 0, value: 0 },
      { x: 2, y: -6, value: 2 },
    ];
    expect(ownOfDrawing(drawn, "classification", ["red"])).toEqual({
      columns: ["x1", "x2"],
      X: [
        [1.235, 0],
        [2, -6],
      ],
      y: ["red", "3"],
      shown: [0, 1],
      laid: false,
    });
    expect(ownOfDrawing(drawn, "regression").y).toEqual([0, 2]);
  });

  test("needs two points, and two classes", () => {
    const point = { x: 0, y: 0, value: 1 };
    expect(() => ownOfDrawing([point], "regression")).toThrow("at least 2");
    expect(() => ownOfDrawing([point, point], "classification")).toThrow("another");
  });

  test("begins with the points that are there", () => {
    const shared = {
      n: 2,
      columns: ["x1", "x2"] as [string, string],
      domain: [
        [-6, 6],
        [-6, 6],
      ] as [[number, number], [number, number]],
      y_range: [-1, 1] as [number, number],
      X: Float32Array.of(1, 2, 3, 4),
      train: Uint8Array.of(1, 0),
      features: { shape: [0, 0, 0], data: new Uint8Array() },
    };
    const two = { ...shared, problem: "classification", classes: ["-1", "+1"] } as const;
    expect(drawnOf({ ...two, classes: ["-1", "+1"], y: Float32Array.of(-1, 1) })).toEqual([
      { x: 1, y: 2, value: 0 },
      { x: 3, y: 4, value: 1 },
    ]);
    const amounts = { ...shared, problem: "regression", classes: null } as const;
    expect(drawnOf({ ...amounts, y: Float32Array.of(-1, 0.5) })[1]?.value).toBe(0.5);
  });

  test("gives each class a name of its own", () => {
    expect([0, 1, 2].map((k) => classNameOf(k, ["3", "b"]))).toEqual(["3", "b", "class 3"]);
  });

  test("sprays within its reach and within the square", () => {
    const random = new Random(3);
    for (let i = 0; i < 100; i++) {
      for (const { x, y, value } of sprayed([5.8, 0], 0.8, 4, () => random.share())) {
        expect(Math.hypot(x - 5.8, y)).toBeLessThanOrEqual(0.8 + 1e-12);
        expect(x).toBeLessThanOrEqual(6);
        expect(value).toBe(4);
      }
    }
  });
});

test.each([1, 2, 3, 4, 5])("points are a table again, of which they are made (%i)", (seed) => {
  const random = new Random(seed);
  const columns = ["a", 'b "c", d', "e; f"].slice(0, random.whole(1, 3));
  const X = random.list(30, () => columns.map(() => random.between(-1e6, 1e6)));
  for (const y of [
    random.list(30, () => random.of(["yes, please", "2", "no"])),
    random.list(30, () => random.between(-9, 9)),
  ]) {
    const problem = typeof y[0] === "string" ? "classification" : "regression";
    const own = { columns, X, y, shown: [0, columns.length - 1] as [number, number] };
    const { text, header, chosen } = sourceOf(own, problem);
    const table = readTable(text, header);
    expect(ownOf(table, chosen ?? suggested(table))).toEqual({ own, remarks: [] });
  }
});
