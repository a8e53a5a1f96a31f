/** The answer of `GET /health`, which needs no key and loads no model. */
export interface Health {
  engine: "idle" | "loading" | "ready" | "failed";
  model: string;
  stage?: string;
  progress?: number;
  error?: string;
}

const QUIET_MS = 3000;
const LOADING_MS = 400;

const STAGES: Readonly<Record<string, string>> = {
  download: "fetching the model",
  load: "loading the model",
  context: "preparing memory",
  warmup: "warming up",
};

/** Polls the state, more often while a model loads; undefined if the server does not answer. */
export function watchHealth(report: (health: Health | undefined) => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const ask = async () => {
    clearTimeout(timer);
    let health: Health | undefined;
    try {
      health = (await (await fetch("health")).json()) as Health;
    } catch {
      // Reported as `undefined`.
    }
    report(health);
    clearTimeout(timer);
    timer = setTimeout(ask, health?.engine === "loading" ? LOADING_MS : QUIET_MS);
  };
  void ask();
  return () => void ask();
}

/** A short description of the state. */
export function stateText({ engine, stage, progress }: Health): string {
  if (engine === "idle") return "idle, loads with the first request";
  if (engine !== "loading") return engine;
  const what = STAGES[stage ?? ""] ?? "loading";
  return progress === undefined ? what : `${what}, ${Math.floor(progress * 100)} %`;
}
