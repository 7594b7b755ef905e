/** The timeline as rows: branches in the order of a tree, on one scale of steps. */

import type { Branch, Timeline } from "../../../lib/protocol";

export interface BranchRow {
  id: number;
  letter: string;
  parent: number | null;
  from: number;
  last: number;
  /** Rows between this one and its parent's; 0 for one without. */
  up: number;
}

export interface Tick {
  step: number;
  branch: number;
  name: string;
}

/** Where training stands. */
export interface Now {
  branch: number;
  step: number;
}

/** The letter of a branch: A, B, …, Z, AA. */
export function letterOf(id: number): string {
  const rest = Math.floor(id / 26);
  return (rest > 0 ? letterOf(rest - 1) : "") + String.fromCharCode(65 + (id % 26));
}

/**
 * The branches, each below the one that it left, in the order of leaving.
 *
 * @param reached the last step that was seen of each branch, which the server tells seldom.
 */
export function rowsOf(
  branches: readonly Branch[],
  reached: ReadonlyMap<number, number>,
): BranchRow[] {
  const known = new Set(branches.map(({ id }) => id));
  const rows: BranchRow[] = [];
  const placed = new Map<number, number>();
  const add = (branch: Branch): void => {
    const parent = branch.parent !== null && known.has(branch.parent) ? branch.parent : null;
    const at = rows.length;
    placed.set(branch.id, at);
    rows.push({
      id: branch.id,
      letter: letterOf(branch.id),
      parent,
      from: branch.from_step,
      last: Math.max(branch.last_step, reached.get(branch.id) ?? 0),
      up: parent === null ? 0 : at - (placed.get(parent) ?? at),
    });
    branches
      .filter(({ parent: left }) => left === branch.id)
      .sort((a, b) => a.from_step - b.from_step || a.id - b.id)
      .forEach(add);
  };
  branches.filter(({ parent }) => parent === null || !known.has(parent)).forEach(add);
  return rows;
}

/** The branches that a branch comes from, itself first; each with the step where it was left. */
function lineOf(branches: readonly Branch[], id: number): { id: number; until: number }[] {
  const line: { id: number; until: number }[] = [];
  let [at, until] = [branches.find((branch) => branch.id === id), Infinity];
  while (at !== undefined) {
    line.push({ id: at.id, until });
    until = Math.min(until, at.from_step);
    const { parent } = at;
    at = branches.find((branch) => branch.id === parent);
  }
  return line;
}

/** The bookmarks on the way to a branch's end, in order. */
export function ticksOf({ branches, bookmarks }: Timeline, id: number): Tick[] {
  const line = lineOf(branches, id);
  return bookmarks
    .filter(({ branch, step }) => line.some((part) => part.id === branch && step <= part.until))
    .sort((a, b) => a.step - b.step);
}

/** Where a step stands between the first and the last, from 0 to 1. */
export function shareOf(step: number, last: number): number {
  return last > 0 ? Math.min(Math.max(step / last, 0), 1) : 0;
}

/** The bookmark before or after a step; null where there is none. */
export function nextTick(ticks: readonly Tick[], step: number, direction: 1 | -1): Tick | null {
  const beyond = ticks.filter((tick) => direction * (tick.step - step) > 0);
  return (direction > 0 ? beyond[0] : beyond.at(-1)) ?? null;
}
