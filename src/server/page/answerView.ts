import type { AnswerEvent, Finish, Origin, TraceStep } from "./answerEvents.js";
import { byId, element } from "./dom.js";
import type { Message, Mode } from "./request.js";
import { savedMs } from "./savings.js";
import { TokenView } from "./tokens.js";
import { Tree } from "./tree.js";

interface CallView {
  id: string;
  name: string;
  text: string;
  tree: Tree;
}

const ORIGINS: readonly Origin[] = ["sampled", "changed", "forced", "closed"];

/** Displays an answer as it arrives: tokens, tree, and cost. */
export class AnswerView {
  private readonly tokens = new TokenView(byId("answer", HTMLElement), byId("inspector", HTMLElement));
  private readonly grown = byId("grown", HTMLElement);
  private readonly section = byId("result", HTMLElement);
  private mode: Mode = "document";
  private steps: TraceStep[] = [];
  private document: Tree | undefined;
  private calls: CallView[] = [];
  private said = "";
  private readonly counts = new Map<Origin, number>();

  /** Scrolls to the answer if the page is too narrow to show it next to the request. */
  reveal(): void {
    if (this.section.getBoundingClientRect().top > innerHeight / 2) this.section.scrollIntoView();
  }

  /** Starts another answer. */
  clear(mode: Mode): void {
    this.mode = mode;
    this.section.dataset["mode"] = mode;
    this.steps = [];
    this.calls = [];
    this.said = "";
    this.document = undefined;
    this.counts.clear();
    this.tokens.clear(mode === "document");
    this.grown.replaceChildren();
    this.showCounts();
    for (const name of ["tokens", "forced", "time", "saved"]) figure(name, "–");
  }

  take(event: AnswerEvent): void {
    switch (event.name) {
      case "trace":
        this.steps.push(event.data);
        for (const token of event.data.tokens) {
          this.tokens.add(token);
          if (token.origin !== undefined)
            this.counts.set(token.origin, (this.counts.get(token.origin) ?? 0) + 1);
        }
        this.showCounts();
        return;
      case "delta":
        // With a trace, the text is in the trace.
        if (this.steps.length === 0) this.tokens.add(event.data);
        this.addText(event.data.text);
        return;
      case "tool_call":
        this.addCall(event.data);
        return;
      case "tool_arguments": {
        const call = this.calls[event.data.call];
        call.text += event.data.text;
        call.tree.push(event.data.text);
        return;
      }
      case "finish":
        this.document?.end();
        for (const { tree } of this.calls) tree.end();
        this.showFigures(event.data);
    }
  }

  /** The answer as a message of a conversation. */
  get message(): Message {
    const calls = this.calls.map(({ id, name, text }) => ({
      id,
      type: "function" as const,
      function: { name, arguments: text },
    }));
    if (calls.length === 0) return { role: "assistant", content: this.said };
    return { role: "assistant", content: this.said === "" ? null : this.said, tool_calls: calls };
  }

  private addText(text: string): void {
    if (this.mode === "document") {
      this.document ??= new Tree(this.grown, "The document as a tree");
      this.document.push(text);
      return;
    }
    if (this.said === "" && this.mode === "chat") this.grown.append(element("p", { class: "said" }));
    this.said += text;
    if (this.mode === "chat") this.grown.querySelector(".said:last-of-type")?.append(text);
  }

  private addCall({ call, id, name }: { call: number; id: string; name: string }): void {
    const block = element("div", { class: "call" }, element("p", {}, element("code", {}, name)));
    this.grown.append(block);
    this.calls[call] = { id, name, text: "", tree: new Tree(block, `Arguments of ${name}`) };
  }

  private showCounts(): void {
    for (const origin of ORIGINS)
      byId(`count-${origin}`, HTMLElement).textContent = String(this.counts.get(origin) ?? 0);
  }

  private showFigures({ usage, generation_time_ms: took }: Finish): void {
    const { completion_tokens: all, forced_tokens: forced } = usage;
    const saved = savedMs(this.steps);
    figure("tokens", String(all));
    figure("forced", all === 0 ? "0" : `${forced} (${Math.round((forced / all) * 100)} %)`);
    figure("time", milliseconds(took));
    figure("saved", saved === undefined ? "–" : `≈ ${milliseconds(saved)}`);
  }
}

function figure(name: string, text: string): void {
  byId(`figure-${name}`, HTMLElement).textContent = text;
}

function milliseconds(time: number): string {
  return time < 1000 ? `${Math.round(time)} ms` : `${(time / 1000).toFixed(2)} s`;
}
