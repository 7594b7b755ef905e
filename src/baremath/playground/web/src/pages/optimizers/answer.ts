import type { ShownStep } from "../../lib/steps";
import type { Rows } from "../../lib/raster";
import type { RuleName } from "../../lib/rules";
import type { Place } from "../../lib/scatter";
import type { SurfaceName } from "./state";

/** How one rule ran. */
export interface Run {
  name: RuleName;
  title: string;
  numbers: Record<string, number>;
  path: (number | null)[][];
  /** Above the lowest point. */
  heights: (number | null)[];
  diverged: number | null;
}

/** What `server/lectures/optimizers.py` answers to a race. */
export interface Race {
  start: Place;
  n_steps: number;
  runs: Run[];
}

/** What it answers to a surface. */
export interface Surface {
  name: SurfaceName;
  title: string;
  formula: string;
  /** Left, right, bottom, top. */
  window: [number, number, number, number];
  minima: Place[];
  bands: Rows;
}

/** What it answers to one step. */
export interface Explanation {
  steps: ShownStep[];
}
