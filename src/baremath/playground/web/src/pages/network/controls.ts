/** What a page can be without. */

/** Parts that a URL may leave out, as `hide=transport,data`. */
export const CONTROLS = {
  transport: "Play, pause, step, reset",
  speed: "Speed",
  learning_rate: "Learning rate",
  activation: "Activation",
  optimizer: "Optimizer",
  penalty: "Regularisation",
  problem: "Problem",
  loss: "Loss",
  init: "First weights",
  schedule: "Schedule",
  batch_size: "Batch size",
  seed: "Seed",
  data: "Data sets",
  noise: "Noise",
  share: "Share of training data",
  own: "Own data",
  features: "Features",
  layers: "Layers and units",
  show_test: "Show test data",
  discretise: "Discretise output",
  chart: "Loss curves",
  metrics: "Metrics",
  timeline: "Timeline",
  stop: "Stop rules",
  variants: "Variants and sweeps",
  inspect: "Show the sum",
  ladder: "The ladder",
  export: "Export",
} as const;
export type ControlName = keyof typeof CONTROLS;
