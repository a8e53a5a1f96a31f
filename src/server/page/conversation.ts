import { element } from "./dom.js";
import type { Message } from "./request.js";

type Call = NonNullable<Message["tool_calls"]>[number];

/**
 * The messages of the chat before the next prompt. After tool calls, it ends with fields for the results.
 */
export class Conversation {
  private readonly list: HTMLElement;
  private readonly reset: HTMLButtonElement;
  private messages: Message[] = [];
  private answers: { call: Call; field: HTMLInputElement }[] = [];

  /** `list` contains the messages; `reset` starts another conversation; `onChange` is called after each change. */
  constructor(list: HTMLElement, reset: HTMLButtonElement, onChange: () => void) {
    this.list = list;
    this.reset = reset;
    reset.addEventListener("click", () => {
      this.clear();
      onChange();
    });
    list.addEventListener("input", onChange);
    this.show();
  }

  /** The messages so far, with the tools' results. */
  get earlier(): Message[] {
    const results = this.answers.map(
      ({ call, field }): Message => ({ role: "tool", tool_call_id: call.id, content: field.value }),
    );
    return [...this.messages, ...results];
  }

  /** Whether tools have been called, so that the next request may consist of their results. */
  get isWaiting(): boolean {
    return this.answers.length > 0;
  }

  clear(): void {
    this.messages = [];
    this.show();
  }

  /** Appends the sent messages and the answer. */
  add(sent: readonly Message[], answer: Message): void {
    this.messages = [...sent, answer];
    this.show();
  }

  private show(): void {
    this.reset.hidden = this.messages.length === 0;
    this.answers = [];
    this.list.replaceChildren(...this.messages.flatMap((message) => this.turn(message)));
    for (const call of this.messages.at(-1)?.tool_calls ?? []) {
      const field = element("input", {
        value: "{}",
        spellcheck: "false",
        "aria-label": `What ${call.function.name} answers`,
      });
      this.answers.push({ call, field });
      this.list.append(item(`${call.function.name} answers`, field));
    }
  }

  private turn({ role, content, tool_calls: calls = [] }: Message): HTMLElement[] {
    const names = { system: "System", user: "You", assistant: "Model", tool: "Tool" };
    const said = content === null || content === "" ? [] : [item(names[role], content)];
    const called = calls.map((call) =>
      item(names[role], element("code", {}, `${call.function.name}(${call.function.arguments})`)),
    );
    return [...said, ...called];
  }
}

function item(who: string, what: Node | string): HTMLElement {
  return element("li", {}, element("span", { class: "who" }, who), element("span", { class: "what" }, what));
}
