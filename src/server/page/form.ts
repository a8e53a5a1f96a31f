import { JsonSyntaxError, parseJson } from "../../json/index.js";
import type { Failure } from "./answerEvents.js";
import { Conversation } from "./conversation.js";
import { byId, element } from "./dom.js";
import { JsonEditor } from "./editor.js";
import { EXAMPLES } from "./examples.js";
import type { Linked } from "./link.js";
import { type Message, type Mode, type PageRequest, SETTING_NAMES, type SettingName } from "./request.js";
import { toolTexts } from "./toolTexts.js";

/** Why a request cannot be sent, and where to show the message. */
export interface FormFault {
  message: string;
  show(): void;
}

/** Error codes whose pointer leads into the schema, not into the request. */
const SCHEMA_CODES: ReadonlySet<string | undefined> = new Set([
  "invalid_schema",
  "unsupported_schema",
  "unsatisfiable_schema",
  "schema_too_large",
  "step_limit",
]);

/** The fields of the page: their values and error messages. */
export class Form {
  private readonly form = byId("form", HTMLFormElement);
  private readonly example = byId("example", HTMLSelectElement);
  private readonly prompt = byId("prompt", HTMLTextAreaElement);
  private readonly system = byId("system", HTMLInputElement);
  private readonly regex = byId("regex", HTMLTextAreaElement);
  private readonly regexMessage = byId("regex-message", HTMLElement);
  private readonly toolChoice = byId("tool_choice", HTMLSelectElement);
  private readonly keyField = byId("key", HTMLInputElement);
  private readonly settings: Record<SettingName, HTMLInputElement>;
  private readonly schema: JsonEditor;
  private readonly tools: JsonEditor;
  private readonly conversation: Conversation;
  private readonly onChange: () => void;
  private shownMode: Mode = "document";
  /** The last values of each mode. */
  private readonly prompts = new Map<Mode, string>();

  constructor(onChange: () => void) {
    this.onChange = onChange;
    const setting = (name: SettingName) => byId(name, HTMLInputElement);
    this.settings = {
      temperature: setting("temperature"),
      max_tokens: setting("max_tokens"),
      seed: setting("seed"),
    };
    this.schema = new JsonEditor(byId("schema", HTMLElement), "JSON Schema", () => onChange());
    this.tools = new JsonEditor(byId("tools", HTMLElement), "Tools, as JSON", () => onChange());
    this.conversation = new Conversation(
      byId("turns", HTMLElement),
      byId("reset", HTMLButtonElement),
      onChange,
    );
    this.form.addEventListener("input", () => onChange());
    this.example.addEventListener("change", () => this.fill(EXAMPLES[Number(this.example.value)]));
  }

  /** Fills the fields of each mode with its first example. */
  start(): void {
    for (const mode of ["regex", "chat", "document"] as const) {
      this.showMode(mode);
      this.fill(EXAMPLES.find((one) => one.mode === mode) ?? {});
    }
  }

  get mode(): Mode {
    return this.shownMode;
  }

  set mode(mode: Mode) {
    this.showMode(mode);
    this.onChange();
  }

  get key(): string {
    return this.keyField.value;
  }

  read(): PageRequest {
    const values = SETTING_NAMES.map((name) => [name, this.settings[name].value] as const);
    return {
      mode: this.mode,
      system: this.system.value,
      prompt: this.prompt.value,
      schema: this.schema.text,
      tools: this.tools.text,
      toolChoice: this.toolChoice.value as PageRequest["toolChoice"],
      regex: this.regex.value,
      earlier: this.mode === "chat" ? this.conversation.earlier : [],
      settings: Object.fromEntries(values) as PageRequest["settings"],
    };
  }

  /** Fills the fields from an example or a link. */
  fill(given: Partial<Linked>): void {
    if (given.prompt !== undefined) this.prompt.value = given.prompt;
    if (given.system !== undefined) this.system.value = given.system;
    if (given.schema !== undefined) this.schema.text = given.schema;
    if (given.tools !== undefined) this.tools.text = given.tools;
    if (given.regex !== undefined) this.regex.value = given.regex;
    if (given.toolChoice !== undefined) this.toolChoice.value = given.toolChoice;
    for (const name of SETTING_NAMES) {
      const value = given.settings?.[name];
      if (value !== undefined) this.settings[name].value = value;
    }
    if (given.tools !== undefined) this.conversation.clear();
    this.accept();
    this.onChange();
  }

  /** The first reason why the request cannot be sent; undefined if it can. */
  fault({ mode, prompt, schema, tools, regex }: PageRequest): FormFault | undefined {
    if (prompt === "" && !(mode === "chat" && this.conversation.isWaiting)) {
      return this.at(this.prompt, "Write a prompt.");
    }
    if (mode === "document") return jsonFault("schema", schema, this.schema);
    if (mode === "chat") return jsonFault("list of tools", tools, this.tools);
    return regex === "" ? this.at(this.regex, "Write a pattern.") : undefined;
  }

  /** Ends a turn of the conversation. */
  answered(sent: readonly Message[], answer: Message): void {
    this.conversation.add(sent, answer);
    // After tool results, the model may answer with text.
    if (this.conversation.isWaiting) this.toolChoice.value = "auto";
    this.prompt.value = "";
    this.onChange();
  }

  /** Removes error messages. */
  accept(): void {
    this.schema.accept();
    this.tools.accept();
    this.regexMessage.hidden = true;
    for (const field of this.form.querySelectorAll("[aria-invalid]")) field.removeAttribute("aria-invalid");
  }

  /** Shows a server's error at its line or field. */
  refuse({ error, code, pointer = "", keyword, status }: Failure): void {
    if (this.mode === "document" && SCHEMA_CODES.has(code)) this.schema.refuse(error, pointer, keyword);
    else if (this.mode === "chat" && pointer.startsWith("/tools"))
      this.tools.refuse(error, placeInTools(pointer, this.tools.text), keyword);
    else if (this.mode === "regex" && (SCHEMA_CODES.has(code) || pointer === "/regex")) {
      this.regexMessage.textContent = error;
      this.regexMessage.hidden = false;
      this.regex.setAttribute("aria-invalid", "true");
    } else if (status === 401) this.at(this.keyField, error).show();
    else {
      const name = pointer.slice(1);
      const field = { prompt: this.prompt, system: this.system, ...this.settings }[name];
      if (field !== undefined) this.at(field, error).show();
    }
  }

  private at(field: HTMLElement, message: string): FormFault {
    return {
      message,
      show: () => {
        field.setAttribute("aria-invalid", "true");
        field.focus();
      },
    };
  }

  private showMode(mode: Mode): void {
    this.prompts.set(this.shownMode, this.prompt.value);
    this.shownMode = mode;
    this.prompt.value = this.prompts.get(mode) ?? "";
    document.body.dataset["mode"] = mode;
    const options = EXAMPLES.flatMap((example, index) =>
      example.mode === mode ? [element("option", { value: String(index) }, example.name)] : [],
    );
    this.example.replaceChildren(...options);
  }
}

/** Converts a pointer into the request to one into the list of tools. OpenAI's `{type, function}` counts as the function. */
function placeInTools(pointer: string, json: string): string {
  const [, index = "", rest] = /^\/tools(?:\/(\d+))?(.*)$/.exec(pointer) ?? ["", "", ""];
  if (index === "") return rest;
  const isWrapped = toolTexts(json)[Number(index)]?.isWrapped === true && !rest.startsWith("/function");
  return `/${index}${isWrapped ? "/function" : ""}${rest}`;
}

function jsonFault(what: string, text: string, editor: JsonEditor): FormFault | undefined {
  try {
    parseJson(text);
    return undefined;
  } catch (thrown) {
    if (!(thrown instanceof JsonSyntaxError)) throw thrown;
    const message = `The ${what} is not JSON: ${thrown.message}`;
    return {
      message,
      show: () => {
        editor.refuseAt(thrown.message, thrown.offset);
        editor.focus();
      },
    };
  }
}
