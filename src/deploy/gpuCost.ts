import { FormworkError } from "../errors.js";
import { gpuPrices } from "../system/index.js";

/** Other spellings on Modal. `H100!` requests exactly an H100, while `H100` may be upgraded. */
const SPELLINGS: Readonly<Record<string, string>> = {
  A10G: "A10",
  A100: "A100-40GB",
  "H100!": "H100",
  "B200+": "B200",
};

const MAX_GPUS_PER_CONTAINER = 8;

/** A GPU request and its cost. */
export interface GpuRequest {
  /** In Modal's syntax, for example `A100-80GB:2`. */
  spelling: string;
  /** The entry of the price table. */
  name: string;
  count: number;
  /** US dollars per hour for all GPUs; 0 if unknown. */
  dollarsPerHour: number;
  /** Memory of all GPUs in gigabytes; undefined if unknown. */
  memoryGigabytes: number | undefined;
}

/** The names of the known GPUs, cheapest first; those without a known price come last. */
export function gpuNames(): string[] {
  const { dollarsPerHour, memoryGigabytes } = gpuPrices();
  const price = (name: string) => dollarsPerHour[name] ?? Number.POSITIVE_INFINITY;
  return Object.keys(memoryGigabytes).sort((a, b) => price(a) - price(b));
}

/**
 * Parses `L40S`, `h100:2` etc. Throws `FormworkError("invalid_request")` for an unknown name, with the most similar known one: Modal would
 * only reject it after the image is built.
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

/** The cost of a deployment in US dollars, GPUs only. */
export interface CostEstimate {
  /** One container for an hour. */
  perContainerHour: number;
  /** An hour with the minimum number of containers. */
  idlePerHour: number;
  /** An hour with the maximum number of containers. */
  busiestPerHour: number;
  /** 1,000 requests on a busy container, `concurrency` at a time. */
  perThousandRequests: number;
  /** One request without a warm container: start, work, and the idle time until the container stops. */
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

/** The known name with the longest common prefix; L40S if there is none. */
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
