import { AnswerError, answerEvents, type Failure } from "./answerEvents.js";
import { AnswerView } from "./answerView.js";
import { byId } from "./dom.js";
import { Form } from "./form.js";
import { stateText, watchHealth } from "./healthState.js";
import { fromFragment, toFragment } from "./link.js";
import { membersOf, messagesOf, objectText, type PageRequest } from "./request.js";
import { SNIPPETS, type SnippetName } from "./snippets/index.js";
import { makeTabs } from "./tabs.js";

const form = new Form(onChange);
const answer = new AnswerView();
const send = byId("send", HTMLButtonElement);
const stop = byId("stop", HTMLButtonElement);
const message = byId("message", HTMLElement);
const snippet = byId("snippet", HTMLElement);
let language: SnippetName = "curl";
let running: AbortController | undefined;

const askHealth = watchHealth((health) => {
  const state = byId("state", HTMLElement);
  const engine = health?.engine ?? "unknown";
  state.dataset["engine"] = engine;
  const text = health === undefined ? "the server does not answer" : `${health.model}: ${stateText(health)}`;
  // Only written if changed, because screen readers read each change.
  const shown = byId("state-text", HTMLElement);
  if (shown.textContent !== text) shown.textContent = text;
  if (running !== undefined && engine === "loading" && health !== undefined && !message.dataset["writing"])
    say(`Waiting for the engine: ${stateText(health)}.`);
});

function say(text: string, tone: "plain" | "good" | "bad" = "plain"): void {
  message.textContent = text;
  message.className = tone;
}

/** Updates what depends on the request, after each change. */
function onChange(): void {
  const request = form.read();
  if (form.fault(request) !== undefined) {
    snippet.textContent = "The request is not complete.";
    return;
  }
  const site = { baseUrl: new URL(".", location.href).href.replace(/\/$/, ""), hasKey: form.key !== "" };
  snippet.textContent = SNIPPETS[language](request, site);
}

async function generate(): Promise<void> {
  const request = form.read();
  form.accept();
  const fault = form.fault(request);
  if (fault !== undefined) {
    fault.show();
    say(fault.message, "bad");
    return;
  }
  running = new AbortController();
  send.disabled = true;
  stop.disabled = false;
  delete message.dataset["writing"];
  answer.clear(request.mode);
  say("Waiting for the model…");
  askHealth();
  try {
    await receive(request, running.signal);
  } catch (thrown) {
    report(thrown);
  } finally {
    running = undefined;
    send.disabled = false;
    stop.disabled = true;
    askHealth();
  }
}

async function receive(request: PageRequest, signal: AbortSignal): Promise<void> {
  const body = objectText([...membersOf(request), ["stream", "true"], ["trace", "true"]]);
  for await (const event of answerEvents(body, form.key, signal)) {
    if (event.name === "start") {
      message.dataset["writing"] = "yes";
      say("Writing…");
      answer.reveal();
    }
    answer.take(event);
    if (event.name !== "finish") continue;
    const { finish_reason: reason } = event.data;
    const isText = request.mode === "chat" && reason !== "tool_calls";
    const early =
      reason === "length" ? (isText ? " Cut at the token limit." : " Closed at the token limit.") : "";
    say(`${isText ? "Done." : "Valid."}${early}`, "good");
    if (request.mode === "chat") form.answered(messagesOf({ ...request, system: "" }), answer.message);
  }
}

function report(thrown: unknown): void {
  if (thrown instanceof AnswerError) {
    form.refuse(thrown.failure);
    say(textOf(thrown.failure), "bad");
  } else if (thrown instanceof DOMException && thrown.name === "AbortError") say("Stopped.");
  else say(thrown instanceof Error ? thrown.message : String(thrown), "bad");
}

function textOf({ error, pointer }: Failure): string {
  return pointer === undefined || pointer === "" ? error : `${error} (${pointer})`;
}

/** Copies text to the clipboard, also without TLS, where the newer API is not available. */
async function copy(text: string, done: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = document.createElement("textarea");
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
  say(done);
}

const selectMode = makeTabs(byId("modes", HTMLElement), (mode) => {
  byId("form", HTMLElement).setAttribute("aria-labelledby", `tab-${mode}`);
  form.mode = mode as PageRequest["mode"];
  if (running === undefined) answer.clear(form.mode);
  say("");
});
makeTabs(byId("languages", HTMLElement), (name) => {
  snippet.setAttribute("aria-labelledby", `language-${name}`);
  language = name as SnippetName;
  onChange();
});

/** A link only fills the fields: the user decides whether to send. */
function openLink(): void {
  const linked = fromFragment(location.hash);
  if (linked?.mode === undefined) return;
  selectMode(linked.mode);
  form.fill(linked);
}

byId("form", HTMLFormElement).addEventListener("submit", (event) => {
  event.preventDefault();
  if (running === undefined) void generate();
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || running !== undefined) return;
  event.preventDefault();
  void generate();
});
stop.addEventListener("click", () => running?.abort());
byId("copy", HTMLButtonElement).addEventListener(
  "click",
  () => void copy(snippet.textContent ?? "", "Copied."),
);
byId("share", HTMLButtonElement).addEventListener("click", () => {
  history.replaceState(null, "", toFragment(form.read()));
  void copy(location.href, "Link copied.");
});
window.addEventListener("hashchange", openLink);
// Scrollable, also by keyboard.
snippet.tabIndex = 0;
form.start();
openLink();
