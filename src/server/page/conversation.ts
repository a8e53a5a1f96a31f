import { element } from "./dom.js";
import type { Message } from "./request.js";

type Call = NonNullable<Message["tool_calls"]>[number];

/**
 * The turns of the chat before the next prompt. Where the model has called tools, the caller writes what they answer: fields
 * for that stand at the end.
 */
export class Conversation {
  private readonly list: HTMLElement;
  private readonly reset: HTMLButtonElement;
  private messages: Message[] = [];
  private answers: { call: Call; field: HTMLInputElement }[] = [];

  /** `list` holds the turns; `reset` begins another conversation; `onChange` is called after each change. */
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

  /** The turns so far, with what the tools answer. */
  get earlier(): Message[] {
    const results = this.answers.map(
      ({ call, field }): Message => ({ role: "tool", tool_call_id: call.id, content: field.value }),
    );
    return [...this.messages, ...results];
  }

  /** Tools have been called: the next turn may be their answers alone. */
  get isWaiting(): boolean {
    return this.answers.length > 0;
  }

  clear(): void {
    this.messages = [];
    this.show();
  }

  /** Appends what was sent since the last turn, and the answer to it. */
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
