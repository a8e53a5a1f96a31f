/** What `GET /health` says, which asks for no key and loads no model. */
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

/** Asks for the state again and again, more often while a model loads; undefined where the server does not answer. */
export function watchHealth(report: (health: Health | undefined) => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const ask = async () => {
    clearTimeout(timer);
    let health: Health | undefined;
    try {
      health = (await (await fetch("health")).json()) as Health;
    } catch {
      // Said by `undefined`.
    }
    report(health);
    clearTimeout(timer);
    timer = setTimeout(ask, health?.engine === "loading" ? LOADING_MS : QUIET_MS);
  };
  void ask();
  return () => void ask();
}

/** The state in a few words. */
export function stateText({ engine, stage, progress }: Health): string {
  if (engine === "idle") return "idle, loads with the first request";
  if (engine !== "loading") return engine;
  const what = STAGES[stage ?? ""] ?? "loading";
  return progress === undefined ? what : `${what}, ${Math.floor(progress * 100)} %`;
}
