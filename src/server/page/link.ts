import { type Mode, type PageRequest, SETTING_NAMES, type SettingName } from "./request.js";

/** Characters of a fragment that are read; more is no link of this page. */
const MAX_LINK_LENGTH = 500_000;

const TEXTS = ["system", "prompt", "schema", "tools", "regex"] as const;

/** What a link may carry: neither keys nor the turns of a conversation. */
export type Linked = Partial<Pick<PageRequest, (typeof TEXTS)[number] | "mode" | "toolChoice">> & {
  settings: Partial<Record<SettingName, string>>;
};

/** The request as the fragment of an address, which browsers send to no server. Only what its mode uses. */
export function toFragment(request: PageRequest): string {
  const { mode, system, prompt, settings } = request;
  const subject = { document: "schema", chat: "tools", regex: "regex" } as const;
  const words = new URLSearchParams({ mode, prompt, [subject[mode]]: request[subject[mode]] });
  if (system !== "") words.set("system", system);
  if (mode === "chat") words.set("tool_choice", request.toolChoice);
  for (const name of SETTING_NAMES) if (settings[name] !== "") words.set(name, settings[name]);
  return `#${words}`;
}

/** What a fragment carries, as text; undefined where it is none of this page's. Whatever it holds, it is only shown. */
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
