import { FormworkError } from "../errors.js";

/** A request under way. */
export interface OpenRequest {
  /** Aborts when the client leaves or the server gives up waiting for it at shutdown. */
  readonly signal: AbortSignal;
  /** Aborts it as one whose client has left. */
  abandon(): void;
  /** Says that nothing is left to do for it. Calling it again does nothing. */
  end(): void;
}

/** The requests that hold the engine: who leaves is cancelled, and a shutdown waits for the rest. */
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

  /** Throws `engine_unavailable` once the server is closing. */
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

  /** Takes no new requests; resolves when all have ended, after `limitMs` by aborting them. */
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
