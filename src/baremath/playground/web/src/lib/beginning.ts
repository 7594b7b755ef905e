/** What training begins with, and what is lost where it begins anew. */

import { encodeWeights, type Commands, type Settings, type Timeline } from "./protocol";

/** Settings, and the weights to begin with; null for new ones. */
export interface Beginning extends Settings {
  weights: Float32Array | null;
  /** Places in the weights of those that are held. */
  frozen: number[];
  step: number;
}

export function commandOf(beginning: Beginning): Commands["configure"] {
  const { config, variants, weights, frozen, step } = beginning;
  if (weights === null) return { config, variants };
  return { config, variants, weights: encodeWeights(weights), frozen, step };
}

/** The places of the weights that are held. */
export function heldPlaces(frozen: Uint8Array | null): number[] {
  return frozen === null ? [] : [...frozen.keys()].filter((place) => frozen[place] === 1);
}

/** What a reader has made of a timeline, and loses where a new one takes its place; in words. */
export function goneWith(before: Timeline | null, now: Timeline): string {
  const [first, ...others] = now.branches;
  if (before === null || first === undefined) return "";
  const { branches, bookmarks } = before;
  const isNew = others.length === 0 && first.first_step === first.last_step;
  const [only, ...more] = branches;
  const isSame =
    more.length === 0 && only?.first_step === first.first_step && only.last_step === first.last_step;
  if (!isNew || isSame || now.bookmarks.length > 0) return "";
  return [
    branches.length > 1 ? `${branches.length} branches` : "",
    bookmarks.length > 1 ? `${bookmarks.length} bookmarks` : "",
    bookmarks.length === 1 ? "a bookmark" : "",
  ]
    .filter(Boolean)
    .join(" and ");
}
