import type { ShownStep } from "../../lib/steps";
import type { Rows } from "../../lib/raster";

/** What `server/lectures/logistic.py` answers. */
export interface Answer {
  own: {
    loss: number;
    objective: number;
    probabilities: number[];
    terms: number[];
    gradient: number[];
    /** Of one feature a curve, of two a picture. */
    picture: number[] | number[][];
  };
  fit: { parameters: number[]; loss: number; objective: number; picture: number[] | null } | null;
  notice: string;
  surface: { bands: Rows } | null;
  descent: { path: (number | null)[][]; losses: (number | null)[]; diverged: number | null };
  steps?: { own: ShownStep[]; fit: ShownStep[] };
}
