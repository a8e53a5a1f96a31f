export { benchImage, type ImageBenchResult, imageText } from "./bench.js";
export { REQUIREMENT_SETS, type RequirementSetName, SIDES, type Side } from "./sets.js";
