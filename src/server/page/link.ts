import { type Mode, type PageRequest, SETTING_NAMES, type SettingName } from "./request.js";

/** Maximum length of a fragment; longer ones are not links of this page. */
const MAX_LINK_LENGTH = 500_000;

const TEXTS = ["system", "prompt", "schema", "tools", "regex"] as const;

/** The fields in a link: neither keys nor messages of a conversation. */
export type Linked = Partial<Pick<PageRequest, (typeof TEXTS)[number] | "mode" | "toolChoice">> & {
  settings: Partial<Record<SettingName, string>>;
};

/** The request as a URL fragment, which browsers do not send to servers. Only has the fields of its mode. */
export function toFragment(request: PageRequest): string {
  const { mode, system, prompt, settings } = request;
  const subject = { document: "schema", chat: "tools", regex: "regex" } as const;
  const words = new URLSearchParams({ mode, prompt, [subject[mode]]: request[subject[mode]] });
  if (system !== "") words.set("system", system);
  if (mode === "chat") words.set("tool_choice", request.toolChoice);
  for (const name of SETTING_NAMES) if (settings[name] !== "") words.set(name, settings[name]);
  return `#${words}`;
}

/** Reads a fragment; undefined if it is not one of this page. Its content is only displayed. */
export function fromFragment(fragment: string): Linked | undefined {
  if (fragment.length > MAX_LINK_LENGTH) return undefined;
  const words = new URLSearchParams(fragment.replace(/^#/, ""));
  const mode = oneOf<Mode>(words.get("mode"), ["document", "chat", "regex"]);
  if (mode === undefined) return undefined;
  const linked: Linked = { mode, settings: {} };
  for (const name of TEXTS) {
    const text = words.get(name);
    if (text !== null) linked[name] = text;
  }
  const toolChoice = oneOf<PageRequest["toolChoice"]>(words.get("tool_choice"), ["auto", "required", "none"]);
  if (toolChoice !== undefined) linked.toolChoice = toolChoice;
  for (const name of SETTING_NAMES) {
    const number = words.get(name);
    if (number !== null && Number.isFinite(Number(number))) linked.settings[name] = number;
  }
  return linked;
}

function oneOf<Choice extends string>(text: string | null, choices: readonly Choice[]): Choice | undefined {
  return choices.find((choice) => choice === text);
}
