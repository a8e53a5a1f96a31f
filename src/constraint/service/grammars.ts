import { BoundedCache } from "../../system/index.js";
import { compileSchema, compileSegments, type Grammar } from "../index.js";
import type { ConstraintSource, ServiceSettings } from "./service.js";

/** Maximum memory of grammars cached for further documents. */
const MAX_GRAMMARS = 64;
const MAX_GRAMMAR_BYTES = 64 << 20;

/** The grammars of one worker thread, within the limits of the service. */
export class Grammars {
  private readonly limits: ServiceSettings["limits"];
  private readonly kept = new BoundedCache<Grammar>({
    maxEntries: MAX_GRAMMARS,
    maxBytes: MAX_GRAMMAR_BYTES,
  });
  /** Number of grammars compiled. */
  compiles = 0;

  constructor(limits: ServiceSettings["limits"]) {
    this.limits = limits;
  }

  get size(): number {
    return this.kept.size;
  }

  /** Returns the cached or compiled grammar. Throws like `compileSchema` and `compileSegments`. */
  of(source: ConstraintSource): Grammar {
    const key = JSON.stringify(source);
    const grammar = this.kept.get(key) ?? this.compile(source);
    // A grammar grows while documents are followed.
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
