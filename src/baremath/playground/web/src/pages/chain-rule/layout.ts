/** Where the graph's nodes and edges are drawn, in pixels. */

import type { Answer, GraphEdge } from "./answer";

export const NODE = { width: 134, height: 64 };
const GAP = 78;
const BEND = 34;
const MARGIN = 10;

export interface Layout {
  width: number;
  height: number;
  /** Left upper corners. */
  nodes: { x: number; y: number }[];
  edges: { path: string; label: { x: number; y: number } }[];
}

export function layoutOf({ nodes, edges, layers, height }: Answer): Layout {
  const left = (layer: number) => MARGIN + layer * (NODE.width + GAP);
  const down = (y: number) => MARGIN + y * NODE.height;
  const entering = edges.map((edge) => ports(edges, edge));

  return {
    width: left(layers - 1) + NODE.width + MARGIN,
    height: down(height) + MARGIN,
    nodes: nodes.map(({ layer, y }) => ({ x: left(layer), y: down(y) - NODE.height / 2 })),
    edges: edges.map((edge, k) => {
      const first = nodes[edge.start]?.layer ?? 0;
      const end = down(nodes[edge.end]?.y ?? 0) + (entering[k] ?? 0);
      const heights = [nodes[edge.start]?.y ?? 0, ...edge.waypoints].map(down);
      heights.push(end);
      let path = "";
      for (let i = 0; i + 1 < heights.length; i++) {
        const x = left(first + i) + NODE.width;
        const [from, to] = [heights[i] as number, heights[i + 1] as number];
        const next = left(first + i + 1);
        path += i === 0 ? `M${x} ${from}` : `H${x}`;
        path += `C${x + BEND / 2} ${from} ${x + BEND / 2} ${to} ${x + BEND} ${to}H${next}`;
      }
      return { path, label: { x: left(nodes[edge.end]?.layer ?? 0) - 5, y: end - 4 } };
    }),
  };
}

/** How far from its node's middle an edge arrives, so that edges of one node lie apart. */
function ports(edges: readonly GraphEdge[], edge: GraphEdge): number {
  const together = edges.filter(({ end }) => end === edge.end);
  const apart = Math.min(22, (NODE.height - 12) / together.length);
  return (together.indexOf(edge) - (together.length - 1) / 2) * apart;
}
