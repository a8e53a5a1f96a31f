/** `181 s (container 133, weights 3, initialising 45)`; `seconds` is the total, if it is more than the sum of the stages. */
export function stagesText(stages: Readonly<Record<string, number>>, seconds?: number): string {
  const whole = seconds ?? Object.values(stages).reduce((sum, stage) => sum + stage, 0);
  const parts = Object.entries(stages).map(([stage, took]) => `${stage} ${rounded(took)}`);
  return `${rounded(whole)} s${parts.length === 0 ? "" : ` (${parts.join(", ")})`}`;
}

/** Rounded to tenths. */
function rounded(seconds: number): number {
  return Math.round(seconds * 10) / 10;
}
