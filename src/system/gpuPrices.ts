import { readFileSync } from "node:fs";

/** Prices of GPUs, as published by a provider. */
export interface GpuPrices {
  /** Year and month in which the prices were retrieved. */
  date: string;
  source: string;
  provider: string;
  /** US dollars per hour of one GPU, by the provider's name of it. CPU and memory are charged separately. */
  dollarsPerHour: Readonly<Record<string, number>>;
  /** Memory of one GPU in gigabytes (10^9 bytes), including GPUs without a known price. */
  memoryGigabytes: Readonly<Record<string, number>>;
}

let prices: GpuPrices | undefined;

/** The table of prices in `gpuPrices.json`. */
export function gpuPrices(): GpuPrices {
  prices ??= JSON.parse(readFileSync(new URL("./gpuPrices.json", import.meta.url), "utf8")) as GpuPrices;
  return prices;
}
