/** The rules of optimization by name, as the server knows them. */

export const RULES = [
  { value: "sgd", label: "SGD" },
  { value: "momentum", label: "Momentum" },
  { value: "nesterov", label: "Nesterov" },
  { value: "adagrad", label: "Adagrad" },
  { value: "adadelta", label: "Adadelta" },
  { value: "rmsprop", label: "RMSProp" },
  { value: "adam", label: "Adam" },
  { value: "adamw", label: "AdamW" },
] as const;

export type RuleName = (typeof RULES)[number]["value"];

export const RULE_NAMES: readonly RuleName[] = RULES.map(({ value }) => value);
