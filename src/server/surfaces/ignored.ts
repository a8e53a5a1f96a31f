import type { GenerateResult } from "../../engine/index.js";
import type { AnswerHead } from "./surface.js";

/** The member `ignored` of an answer: what the surface and what the engine did not honour; no member where that is nothing. */
export function ignoredMember(
  head: AnswerHead,
  results: readonly GenerateResult[] = [],
): { ignored?: readonly string[] } {
  const ignored = new Set([...head.ignored, ...results.flatMap((result) => result.ignored ?? [])]);
  return ignored.size === 0 ? {} : { ignored: [...ignored] };
}
