import { FormworkError } from "../errors.js";

/** A running request. */
export interface OpenRequest {
  /** Aborts when the client disconnects or the grace period at shutdown ends. */
  readonly signal: AbortSignal;
  /** Aborts it because its client has disconnected. */
  abandon(): void;
  /** Marks it as finished. Idempotent. */
  end(): void;
}

/** The requests that use the engine: cancelled when their clients disconnect, and awaited at shutdown. */
export class OpenRequests {
  private readonly controllers = new Set<AbortController>();
  private waiting: (() => void)[] = [];
  private closed = false;

  get count(): number {
    return this.controllers.size;
  }

  get closing(): boolean {
    return this.closed;
  }

  /** Throws `engine_unavailable` while the server is closing. */
  begin(client: AbortSignal): OpenRequest {
    if (this.closed) throw shuttingDown();
    const controller = new AbortController();
    const abandon = () =>
      controller.abort(new FormworkError("cancelled", "The client closed the connection."));
    if (client.aborted) abandon();
    else client.addEventListener("abort", abandon, { once: true });
    this.controllers.add(controller);
    return {
      signal: controller.signal,
      abandon,
      end: () => {
        client.removeEventListener("abort", abandon);
        if (!this.controllers.delete(controller) || this.controllers.size > 0) return;
        for (const resolve of this.waiting.splice(0)) resolve();
      },
    };
  }

  /** Rejects new requests; resolves when all have ended, aborting them after `limitMs`. */
  async drain(limitMs: number): Promise<void> {
    this.closed = true;
    if (this.controllers.size === 0) return;
    const empty = new Promise<void>((resolve) => this.waiting.push(resolve));
    const timer = setTimeout(() => {
      for (const controller of this.controllers) controller.abort(shuttingDown());
    }, limitMs);
    await empty;
    clearTimeout(timer);
  }
}

function shuttingDown(): FormworkError {
  return new FormworkError("engine_unavailable", "The server is shutting down.", { retryAfterSeconds: 5 });
}
