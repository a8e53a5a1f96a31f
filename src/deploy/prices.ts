import { FormworkError } from "../errors.js";
import { gpuPrices } from "../system/index.js";

/** Other spellings that Modal takes. `H100!` asks for exactly an H100 where `H100` may be upgraded. */
const SPELLINGS: Readonly<Record<string, string>> = {
  A10G: "A10",
  A100: "A100-40GB",
  "H100!": "H100",
  "B200+": "B200",
};

const MAX_GPUS_PER_CONTAINER = 8;

/** One GPU request: what Modal is asked for and what it costs. */
export interface GpuRequest {
  /** As Modal takes it, for example `A100-80GB:2`. */
  spelling: string;
  /** The entry of the price table. */
  name: string;
  count: number;
  /** US dollars an hour for all of them; 0 where the price is not known. */
  dollarsPerHour: number;
  /** Memory of all of them in gigabytes; undefined where it is not known. */
  memoryGigabytes: number | undefined;
}

/** The names of the known GPUs, cheapest first; those without a known price come last. */
export function gpuNames(): string[] {
  const { dollarsPerHour, memoryGigabytes } = gpuPrices();
  const price = (name: string) => dollarsPerHour[name] ?? Number.POSITIVE_INFINITY;
  return Object.keys(memoryGigabytes).sort((a, b) => price(a) - price(b));
}

/**
 * `L40S`, `h100:2` and the like. Throws `FormworkError("invalid_request")` for a name that Modal does not
 * have, with the nearest one that it has: Modal itself would say so only after the image is built.
 */
export function parseGpu(text: string, unchecked = false): GpuRequest {
  const [type = "", countText, ...rest] = text.trim().split(":");
  const spelled = type.toUpperCase();
  const name = SPELLINGS[spelled] ?? spelled;
  const { dollarsPerHour, memoryGigabytes } = gpuPrices();
  const price = Object.hasOwn(dollarsPerHour, name) ? dollarsPerHour[name] : undefined;
  const memory = Object.hasOwn(memoryGigabytes, name) ? memoryGigabytes[name] : undefined;
  if (memory === undefined && !unchecked) {
    throw new FormworkError(
      "invalid_request",
      `Unknown GPU "${text}". Modal has ${gpuNames().join(", ")}, each with ":2" ... ":8" for several. ` +
        `Pass one of them (--gpu ${nearest(spelled)}), or --gpu-unchecked for one that is newer than this release.`,
      { pointer: "/modal/gpu" },
    );
  }
  const count = countText === undefined ? 1 : Number(countText);
  if (rest.length > 0 || !Number.isInteger(count) || count < 1 || count > MAX_GPUS_PER_CONTAINER) {
    throw new FormworkError(
      "invalid_request",
      `"${text}" asks for "${countText}" GPUs: a container holds 1 to ${MAX_GPUS_PER_CONTAINER}.`,
      { pointer: "/modal/gpu" },
    );
  }
  return {
    spelling: count === 1 ? spelled : `${spelled}:${count}`,
    name,
    count,
    dollarsPerHour: (price ?? 0) * count,
    memoryGigabytes: memory === undefined ? undefined : memory * count,
  };
}

/** What a deployment costs, in US dollars, GPUs only. */
export interface CostEstimate {
  /** One container for an hour. */
  perContainerHour: number;
  /** An hour with the containers that are always kept. */
  idlePerHour: number;
  /** An hour with as many containers as there may be. */
  busiestPerHour: number;
  /** 1,000 requests on a busy container, `concurrency` of them at once. */
  perThousandRequests: number;
  /** One request that finds nothing warm: start, work, and the time until the container is given back. */
  perLonelyRequest: number;
  pricesOf: string;
}

/** All times in seconds. */
export function estimateCost(plan: {
  gpu: GpuRequest;
  minContainers: number;
  maxContainers: number;
  concurrency: number;
  secondsPerRequest: number;
  coldStartSeconds: number;
  scaledownWindow: number;
}): CostEstimate {
  const perSecond = plan.gpu.dollarsPerHour / 3600;
  return {
    perContainerHour: plan.gpu.dollarsPerHour,
    idlePerHour: plan.gpu.dollarsPerHour * plan.minContainers,
    busiestPerHour: plan.gpu.dollarsPerHour * plan.maxContainers,
    perThousandRequests: (perSecond * plan.secondsPerRequest * 1000) / plan.concurrency,
    perLonelyRequest: perSecond * (plan.coldStartSeconds + plan.secondsPerRequest + plan.scaledownWindow),
    pricesOf: gpuPrices().date,
  };
}

/** The known name that shares the longest beginning; L40S where none shares any. */
function nearest(spelled: string): string {
  let best = "L40S";
  let bestLength = 0;
  for (const name of gpuNames()) {
    let length = 0;
    while (length < name.length && name[length] === spelled[length]) length++;
    if (length > bestLength) {
      best = name;
      bestLength = length;
    }
  }
  return best;
}
