/** One point's way through a network, told one thing at a time: forward, loss, backward, update. */

export type Stage =
  | { phase: "forward"; layer: number }
  | { phase: "loss" }
  | { phase: "backward"; layer: number }
  | { phase: "update" };

/** What of a layer has been told up to a stage. */
export interface Told {
  values: boolean;
  gradients: boolean;
  update: boolean;
  /** Whether this layer is what the stage is about. */
  active: boolean;
}

/** All stages of a network with so many layers, the hidden ones and the output. */
export function stagesOf(layers: number): Stage[] {
  const all = Array.from({ length: layers }, (_, layer) => layer);
  return [
    ...all.map((layer) => ({ phase: "forward", layer }) as const),
    { phase: "loss" },
    ...[...all].reverse().map((layer) => ({ phase: "backward", layer }) as const),
    { phase: "update" },
  ];
}

/** What of a layer has been told at a stage. */
export function toldOf(stage: Stage, layer: number): Told {
  if (stage.phase === "forward") {
    const values = layer <= stage.layer;
    return { values, gradients: false, update: false, active: layer === stage.layer };
  }
  if (stage.phase === "loss") {
    return { values: true, gradients: false, update: false, active: false };
  }
  if (stage.phase === "backward") {
    const gradients = layer >= stage.layer;
    return { values: true, gradients, update: false, active: layer === stage.layer };
  }
  return { values: true, gradients: true, update: true, active: true };
}

export function isSame(one: Stage, other: Stage): boolean {
  const layer = (stage: Stage) => ("layer" in stage ? stage.layer : null);
  return one.phase === other.phase && layer(one) === layer(other);
}

/** A stage in words; layers count from 1, and the last is the output. */
export function nameOf(stage: Stage, layers: number): string {
  if (stage.phase === "loss") return "Loss";
  if (stage.phase === "update") return "Update";
  const layer = stage.layer === layers - 1 ? "output" : `layer ${stage.layer + 1}`;
  return `${stage.phase === "forward" ? "Forward" : "Backward"}: ${layer}`;
}
