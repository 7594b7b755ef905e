/** A step of a derivation, as the server writes it. */
export interface ShownStep {
  title: string;
  formula: string;
  note: string;
  table: { columns: string[]; rows: string[][] } | null;
}
