import { BoundedCache } from "../../system/index.js";
import { compileSchema, compileSegments, type Grammar } from "../index.js";
import type { ConstraintSource, ServiceSettings } from "./service.js";

/** Grammars kept for the next document of the same source, by what they have worked out. */
const MAX_GRAMMARS = 64;
const MAX_GRAMMAR_BYTES = 64 << 20;

/** The grammars of one thread that serves documents, within the limits of the service. */
export class Grammars {
  private readonly limits: ServiceSettings["limits"];
  private readonly kept = new BoundedCache<Grammar>({
    maxEntries: MAX_GRAMMARS,
    maxBytes: MAX_GRAMMAR_BYTES,
  });
  /** How many were compiled. */
  compiles = 0;

  constructor(limits: ServiceSettings["limits"]) {
    this.limits = limits;
  }

  get size(): number {
    return this.kept.size;
  }

  /** Compiled or found. Throws as `compileSchema` and `compileSegments` do. */
  of(source: ConstraintSource): Grammar {
    const key = JSON.stringify(source);
    const grammar = this.kept.get(key) ?? this.compile(source);
    // What a grammar holds grows as it is followed.
    this.kept.set(key, grammar, grammar.byteLength + key.length);
    return grammar;
  }

  private compile(source: ConstraintSource): Grammar {
    this.compiles++;
    const options = { ...source.options, limits: { ...this.limits, ...source.options?.limits } };
    if (source.kind === "segments") return compileSegments(source.segments, options);
    const { schemaText, documents } = source;
    return compileSchema(schemaText, { ...options, ...(documents === undefined ? {} : { documents }) });
  }
}
