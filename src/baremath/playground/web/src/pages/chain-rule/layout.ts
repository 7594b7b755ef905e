/** Where the graph's nodes and edges are drawn, in pixels: to the right, or down on a phone. */

import type { Answer, GraphEdge } from "./answer";

interface Size {
  width: number;
  height: number;
}

interface Corner {
  x: number;
  y: number;
}

export interface Layout extends Size {
  /** Each node's size; narrow ones have their numbers alone. */
  node: Size;
  narrow: boolean;
  /** Left upper corners. */
  nodes: Corner[];
  edges: { path: string; label: Corner }[];
}

/** Where there is less room than this, the graph goes down. */
const NARROW = 560;
const MARGIN = 10;
const WIDE = { node: { width: 134, height: 64 }, gap: 78, bend: 34 };
const DOWN = { gap: 48, bend: 20, height: 72, least: 50, most: 92 };

/** @param room the width that there is; the graph may need more. */
export function layoutOf({ nodes, edges, layers, height }: Answer, room = Infinity): Layout {
  const narrow = room < NARROW;
  const width = Math.min(Math.max((room - 2 * MARGIN) / height, DOWN.least), DOWN.most);
  const node = narrow ? { width, height: DOWN.height } : WIDE.node;
  const { gap, bend } = narrow ? DOWN : WIDE;
  const [length, breadth] = narrow ? [node.height, node.width] : [node.width, node.height];

  const place = (along: number, aside: number): Corner =>
    narrow ? { x: aside, y: along } : { x: along, y: aside };
  const at = (along: number, aside: number) => (narrow ? `${aside} ${along}` : `${along} ${aside}`);
  const start = (layer: number) => MARGIN + layer * (length + gap);
  const middle = (y: number) => MARGIN + y * breadth;

  function drawn(edge: GraphEdge): Layout["edges"][number] {
    const first = nodes[edge.start]?.layer ?? 0;
    const last = nodes[edge.end]?.layer ?? 0;
    const { port, index } = arrival(edges, edge, breadth);
    const end = middle(nodes[edge.end]?.y ?? 0) + port;
    const passed = [nodes[edge.start]?.y ?? 0, ...edge.waypoints].map(middle);
    let path = `M${at(start(first) + length, passed[0] ?? 0)}`;
    [...passed.slice(1), end].forEach((to, i) => {
      const from = passed[i] ?? 0;
      const along = start(first + i) + length;
      path += `L${at(along, from)}C${at(along + bend / 2, from)} ${at(along + bend / 2, to)} `;
      path += `${at(along + bend, to)}L${at(start(first + i + 1), to)}`;
    });
    const label = narrow
      ? { x: end, y: start(last) - 5 - 12 * index }
      : { x: start(last) - 5, y: end - 4 };
    return { path, label };
  }

  const far = place(start(layers - 1) + length + MARGIN, middle(height) + MARGIN);
  return {
    width: far.x,
    height: far.y,
    node,
    narrow,
    nodes: nodes.map(({ layer, y }) => place(start(layer), middle(y) - breadth / 2)),
    edges: edges.map(drawn),
  };
}

/** How far from its node's middle an edge arrives, so that edges of one node lie apart. */
function arrival(edges: readonly GraphEdge[], edge: GraphEdge, breadth: number) {
  const together = edges.filter(({ end }) => end === edge.end);
  const apart = Math.min(22, (breadth - 12) / together.length);
  const index = together.indexOf(edge);
  return { port: (index - (together.length - 1) / 2) * apart, index };
}
