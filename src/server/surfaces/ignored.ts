import type { GenerateResult } from "../../engine/index.js";
import type { AnswerHead } from "./surface.js";

/** The member `ignored` of an answer: fields that the surface or the engine does not support; omitted if there are none. */
export function ignoredMember(
  head: AnswerHead,
  results: readonly GenerateResult[] = [],
): { ignored?: readonly string[] } {
  const byEngine = results.flatMap((result) => result.ignored ?? []).flatMap(head.namesGiven);
  const ignored = new Set([...head.ignored, ...byEngine]);
  return ignored.size === 0 ? {} : { ignored: [...ignored] };
}
