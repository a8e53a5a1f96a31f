/** Where Node keeps what its `fetch` sends requests with; undici shares it under this symbol between all of its copies. */
const DISPATCHER = Symbol.for("undici.globalDispatcher.1");

type Dispatcher = new (options: { headersTimeout: number; bodyTimeout: number }) => object;

/**
 * `fetch` that waits for an answer as long as its signal permits. Node's own gives up after five minutes without a byte, which a model
 * that is loading, or a long answer that is not streamed, may well need. Elsewhere, and if the program sends its requests through a
 * proxy or a dispatcher of its own, it is the plain `fetch`.
 */
export function patientFetch(): typeof fetch {
  let dispatcher: object | undefined;
  return (input, init) => {
    dispatcher ??= patientDispatcher();
    return globalThis.fetch(
      input,
      dispatcher === undefined ? init : ({ ...init, dispatcher } as RequestInit),
    );
  };
}

function patientDispatcher(): object | undefined {
  // Node loads `fetch` when the first of its classes is used.
  void new Headers();
  const used = (globalThis as { [DISPATCHER]?: object })[DISPATCHER];
  if (used?.constructor.name !== "Agent") return undefined;
  return new (used.constructor as Dispatcher)({ headersTimeout: 0, bodyTimeout: 0 });
}
