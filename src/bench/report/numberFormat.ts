import type { Rate } from "../statistics/bootstrap.js";
import type { Distribution, Interval } from "../statistics/distribution.js";

/** Printed for missing figures. */
export const NONE = "–";

/** Three significant digits. */
export function number(value: number | null | undefined, digits = 3): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return NONE;
  if (value === 0) return "0";
  const size = Math.floor(Math.log10(Math.abs(value))) + 1;
  const decimals = Math.max(0, Math.min(6, digits - size));
  return value.toLocaleString("en-US", { minimumFractionDigits: 0, maximumFractionDigits: decimals });
}

/** A time with a suitable unit. */
export function duration(milliseconds: number | null | undefined): string {
  if (milliseconds === null || milliseconds === undefined || !Number.isFinite(milliseconds)) return NONE;
  if (milliseconds >= 60_000) return `${number(milliseconds / 60_000)} min`;
  if (milliseconds >= 1_000) return `${number(milliseconds / 1_000)} s`;
  if (milliseconds >= 1 || milliseconds === 0) return `${number(milliseconds)} ms`;
  return `${number(milliseconds * 1_000)} µs`;
}

export function percent(share: number | null | undefined): string {
  if (share === null || share === undefined) return NONE;
  return `${number(share * 100)} %`;
}

/** `17 of 20`, with the rate and its interval. */
export function rate(value: Rate | null): string {
  if (value === null) return NONE;
  return `${percent(value.value)} (${value.yes} of ${value.of})`;
}

export function rateInterval(value: Rate | null): string {
  return value === null ? NONE : `${percent(value.interval[0])} to ${percent(value.interval[1])}`;
}

export function interval([low, high]: Interval, unit: (value: number) => string): string {
  return `${unit(low)} to ${unit(high)}`;
}

export function medianOf(distribution: Distribution | null): string {
  return distribution === null ? NONE : duration(distribution.p50);
}

export function dollars(value: number | null): string {
  return value === null ? NONE : `$${number(value)}`;
}
