import { FormworkError } from "../../errors.js";
import type { TimeLimit } from "../../http/index.js";
import type { RemoteKind } from "./protocols/protocol.js";
import { errorOfFailure } from "./refusal.js";
import { type Upstream, UpstreamRefusal } from "./upstream.js";

/** The models of a server, requested once, and the choice for each request. */
export class ModelList {
  private readonly upstream: Upstream;
  private readonly kind: RemoteKind;
  private readonly configured: string | undefined;
  private names: readonly string[] | undefined;
  /** Whether the server enforces schemas with Formwork's plug-in. Known after `choose`. */
  hasPlugin = false;

  constructor(upstream: Upstream, kind: RemoteKind, configured: string | undefined) {
    this.upstream = upstream;
    this.kind = kind;
    this.configured = configured;
  }

  /** The default model, if already known. */
  shown(): string {
    return this.configured ?? this.names?.[0] ?? `${this.kind} at ${this.upstream.place}`;
  }

  /** The server's other models, including adapters, as far as known. */
  others(): readonly string[] {
    return (this.names ?? []).filter((name) => name !== this.shown());
  }

  /** The model name to send. Throws `unknown_model` for one that the server does not list. */
  async choose(asked: string | undefined, limit: TimeLimit, waitMs: number): Promise<string> {
    this.names ??= await this.ask(limit, waitMs);
    const name = asked ?? this.configured ?? this.names[0] ?? "";
    if (this.names.length === 0 || name === this.configured || this.names.includes(name)) return name;
    throw new FormworkError(
      "unknown_model",
      `There is no model "${name}"; there is ${this.names.join(", ")}.`,
    );
  }

  private async ask(limit: TimeLimit, waitMs: number): Promise<readonly string[]> {
    try {
      const answer = (await this.upstream.get("/v1/models", limit, waitMs)) as { data?: unknown };
      const models = Array.isArray(answer?.data) ? answer.data : [];
      this.hasPlugin =
        models.some((model) => model?.structured_outputs === "formwork") ||
        (this.kind === "sglang" && (await this.backend(limit, waitMs)) === "formwork");
      return models.map((model) => model?.id).filter((id) => typeof id === "string");
    } catch (thrown) {
      if (!(thrown instanceof UpstreamRefusal)) throw thrown;
      // Not every server has the route.
      if (thrown.failure.status === 404 || thrown.failure.status === 405) return [];
      throw errorOfFailure(thrown.failure, this.upstream.place);
    }
  }

  /** The name of SGLang's grammar backend, which is not in its list of models. */
  private async backend(limit: TimeLimit, waitMs: number): Promise<unknown> {
    try {
      const answer = (await this.upstream.get("/server_info", limit, waitMs)) as {
        grammar_backend?: unknown;
      };
      return answer?.grammar_backend;
    } catch (thrown) {
      if (thrown instanceof UpstreamRefusal) return undefined;
      throw thrown;
    }
  }
}
