import type { ShownStep } from "../../lib/steps";
import type { Rows } from "../../lib/raster";

/** What `server/lectures/regression.py` answers. */
export interface Answer {
  fit: {
    intercept: number;
    coef: number[];
    solver: string;
    curve: [number[], number[]];
    predicted: number[];
    train_loss: number;
    test_loss: number | null;
  };
  degrees: { train: number[]; test: (number | null)[] };
  line?: { train_loss: number; test_loss: number | null; gradient: [number, number] };
  surface?: { bands: Rows };
  descent?: { path: (number | null)[][]; losses: (number | null)[]; diverged: number | null };
  steps?: { line: ShownStep[]; fit: ShownStep[] };
}
