import { readFileSync } from "node:fs";

/** What one GPU costs, as a provider published it on a date. */
export interface GpuPrices {
  /** Year and month in which the prices were read. */
  date: string;
  source: string;
  provider: string;
  /** US dollars for an hour of one GPU, by the provider's name of it. CPU and memory cost a little on top. */
  dollarsPerHour: Readonly<Record<string, number>>;
  /** Memory of one GPU in gigabytes (10^9 bytes), also of those whose price is not known. */
  memoryGigabytes: Readonly<Record<string, number>>;
}

let prices: GpuPrices | undefined;

/** The table of prices, `gpuPrices.json` beside this file. */
export function gpuPrices(): GpuPrices {
  prices ??= JSON.parse(readFileSync(new URL("./gpuPrices.json", import.meta.url), "utf8")) as GpuPrices;
  return prices;
}
