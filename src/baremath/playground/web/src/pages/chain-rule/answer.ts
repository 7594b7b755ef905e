/** What the server answers to "api/chain-rule", and the order in which the page walks it. */

export interface Arithmetic {
  /** What is computed, the formula, the numbers put in and the result, as MathML. */
  formula: string;
  text: string;
  note: string;
}

export interface GraphNode {
  kind: "leaf" | "constant" | "operation";
  name: string;
  symbol: string;
  operation: string;
  layer: number;
  /** The height of its middle, in heights of a node. */
  y: number;
  /** The part of the expression that it stands for, from and to. */
  characters: [number, number] | null;
  value: number | null;
  gradient: number | null;
  forward: Arithmetic;
  backward: Arithmetic;
}

export interface GraphEdge {
  start: number;
  end: number;
  place: number;
  derivative: number | null;
  formula: string;
  text: string;
  /** The heights at which it passes the layers between. */
  waypoints: number[];
}

export interface Check {
  name: string;
  gradient: number | null;
  difference: number | null;
  agrees: boolean;
}

export interface Answer {
  variables: { name: string; value: number; symbol: string }[];
  value: number | null;
  nodes: GraphNode[];
  edges: GraphEdge[];
  layers: number;
  height: number;
  check: Check[];
  remark: string;
}

/** How far a walk is: every node's value forward, then every node's gradient backward. */
export interface Walk {
  /** Nodes from the first that have their value. */
  valued: number;
  /** Nodes from the last that have their gradient. */
  graded: number;
  /** The node that the last step was about. */
  at: number | null;
  direction: "forward" | "backward";
}

/** The state after `step` of the 2 n steps. */
export function walkTo(step: number, n: number): Walk {
  const valued = Math.min(step, n);
  const graded = Math.max(step - n, 0);
  if (graded > 0) return { valued, graded, at: n - graded, direction: "backward" };
  return { valued, graded, at: valued > 0 ? valued - 1 : null, direction: "forward" };
}

/** The character that an error message points at, counted from 0; null where it names none. */
export function characterOf(message: string): number | null {
  const found = /\(character (\d+):/.exec(message);
  return found ? Number(found[1]) - 1 : null;
}

/** An error message without its own picture of the place. */
export function withoutPlace(message: string): string {
  return message.replace(/ \(character \d+:[^]*$/, "");
}
