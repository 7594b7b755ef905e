import type { Component } from "svelte";

interface PageModule {
  default: Component;
}

interface PageInfo {
  /** The last part of its path, and its folder's name. */
  name: string;
  title: string;
  /** One sentence for the front page. */
  summary: string;
  load: () => Promise<PageModule>;
}

export const PAGES: readonly PageInfo[] = [
  {
    name: "network",
    title: "Network",
    summary: "Build a network from blocks, press play, and look inside any number while it learns.",
    load: () => import("../pages/network/Page.svelte"),
  },
  {
    name: "regression",
    title: "Regression",
    summary: "Drag the points or the line, and watch descent find its way down the loss.",
    load: () => import("../pages/regression/Page.svelte"),
  },
  {
    name: "logistic",
    title: "Logistic",
    summary: "A line bent into a probability: sigmoid, boundary, and the price of being sure.",
    load: () => import("../pages/logistic/Page.svelte"),
  },
  {
    name: "optimizers",
    title: "Optimizers",
    summary: "Race gradient descent and its heirs down the surface you choose.",
    load: () => import("../pages/optimizers/Page.svelte"),
  },
  {
    name: "activations",
    title: "Activations",
    summary: "Each function with its derivative, and where it goes flat and stops learning.",
    load: () => import("../pages/activations/Page.svelte"),
  },
  {
    name: "chain-rule",
    title: "Chain rule",
    summary: "Type an expression: values flow forward through its graph, gradients come back.",
    load: () => import("../pages/chain-rule/Page.svelte"),
  },
  {
    name: "boosting",
    title: "Boosting",
    summary: "Tree by tree: the sum so far, and the residuals that the next tree learns.",
    load: () => import("../pages/boosting/Page.svelte"),
  },
  {
    name: "bias-variance",
    title: "Bias and variance",
    summary: "Draw the sample again and see the fits spread: the error, taken apart.",
    load: () => import("../pages/bias-variance/Page.svelte"),
  },
];
