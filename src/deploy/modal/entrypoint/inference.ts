import { FormworkError } from "../../../errors.js";
import { type Child, pause } from "./children.js";
import type { ContainerSettings } from "./settings.js";

/** Polling interval while an engine is loading. */
const POLL_MILLISECONDS = 500;

/** Engines compile for several batch shapes; three requests cover them, as in the engines' examples. */
const WARMUP_REQUESTS = 3;

/** A document that is nearly completely forced by its schema: any model can write it, and the mask is exercised. */
const WARMUP_SCHEMA = {
  type: "object",
  properties: { ready: { enum: ["yes"] } },
  required: ["ready"],
  additionalProperties: false,
};

/** Paths for putting engines to sleep and waking them; only reachable inside the container. */
const SLEEP_PATHS: Readonly<Record<string, { sleep: string; wake: string }>> = {
  vllm: { sleep: "/sleep?level=1", wake: "/wake_up" },
  sglang: { sleep: "/release_memory_occupation", wake: "/resume_memory_occupation" },
};

/** Waits until the engine reports that it is up. Throws if it ends or after `seconds`. */
export async function waitForEngine(
  settings: ContainerSettings,
  child: Child,
  seconds: number,
): Promise<void> {
  const deadline = Date.now() + seconds * 1000;
  while (Date.now() < deadline) {
    if (await answersHealth(settings.engineUrl)) return;
    const ended = await pause(POLL_MILLISECONDS, child);
    if (ended !== undefined) throw child.failure(`${ended} before it was ready`);
  }
  throw new FormworkError("timeout", `The engine was not up after ${seconds} s. Raise modal.startupTimeout.`);
}

/** Runs real inferences with a schema through the engine. Throws if one fails or violates the schema. */
export async function proveEngine(settings: ContainerSettings, seconds: number): Promise<void> {
  for (let request = 0; request < WARMUP_REQUESTS; request++) await proveEngineOnce(settings, seconds);
}

/** One such inference. */
export async function proveEngineOnce(settings: ContainerSettings, seconds: number): Promise<void> {
  const answer = await post(`${settings.engineUrl}/v1/chat/completions`, seconds, {
    model: settings.model,
    messages: [{ role: "user", content: 'Answer {"ready": "yes"}.' }],
    max_tokens: 64,
    temperature: 0,
    response_format: { type: "json_schema", json_schema: { name: "warmup", schema: WARMUP_SCHEMA } },
  });
  const content = firstContent(await answer.text());
  if (!isExpected(content)) {
    throw new FormworkError(
      "invalid_output",
      `The engine answered the warm-up request, but not by its schema: ${JSON.stringify(content)}. ` +
        "Constrained decoding does not work in it; look at its log above.",
    );
  }
}

/** Frees the GPU's memory for the duration of a snapshot. */
export async function putToSleep(settings: ContainerSettings): Promise<void> {
  await post(settings.engineUrl + sleepPaths(settings).sleep, 300, {});
}

export async function wake(settings: ContainerSettings): Promise<void> {
  await post(settings.engineUrl + sleepPaths(settings).wake, 300, {});
}

function sleepPaths(settings: ContainerSettings): { sleep: string; wake: string } {
  const paths = SLEEP_PATHS[settings.engine];
  if (paths === undefined) {
    throw new FormworkError(
      "wrong_usage",
      `The engine ${settings.engine} cannot sleep, so no snapshot can hold it. Deploy with --no-snapshot.`,
    );
  }
  return paths;
}

async function answersHealth(engineUrl: string): Promise<boolean> {
  try {
    const answer = await fetch(`${engineUrl}/health`, { signal: AbortSignal.timeout(5000) });
    await answer.arrayBuffer();
    return answer.ok;
  } catch {
    // Not listening yet.
    return false;
  }
}

async function post(url: string, seconds: number, body: unknown): Promise<Response> {
  let answer: Response;
  try {
    answer = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json", ...ownKey() },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(seconds * 1000),
    });
  } catch (cause) {
    throw new FormworkError(
      "upstream_error",
      `${new URL(url).pathname} of the engine failed: ${String(cause)}`,
      { cause },
    );
  }
  if (!answer.ok) {
    const text = (await answer.text()).slice(0, 2000);
    throw new FormworkError(
      "upstream_error",
      `${new URL(url).pathname} of the engine answered ${answer.status}: ${text}`,
    );
  }
  return answer;
}

/** Credentials for Formwork's server; engines ignore the header. */
function ownKey(): Record<string, string> {
  const key = process.env["FORMWORK_API_KEY"]?.split(",")[0];
  return key === undefined ? {} : { authorization: `Bearer ${key}` };
}

function firstContent(text: string): unknown {
  try {
    const body = JSON.parse(text) as { choices?: { message?: { content?: unknown } }[] };
    return body.choices?.[0]?.message?.content;
  } catch {
    return text.slice(0, 200);
  }
}

function isExpected(content: unknown): boolean {
  if (typeof content !== "string") return false;
  try {
    return (JSON.parse(content) as { ready?: unknown } | null)?.ready === "yes";
  } catch {
    return false;
  }
}
