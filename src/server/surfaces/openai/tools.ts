import type { GenerateRequest } from "../../../engine/index.js";
import type { Tool } from "../../../types.js";
import type { Fields } from "../../bodyFields.js";

export type ToolSettings = NonNullable<GenerateRequest["tools"]>;
type ToolChoice = ToolSettings["choice"];

const MAX_TOOLS = 512;
const NAME = /^[\w.:/-]{1,128}$/;
const NO_PARAMETERS = '{"type":"object","properties":{}}';

/**
 * `tools`, `tool_choice` and `parallel_tool_calls` of OpenAI's chat and Responses APIs, and the older `functions` and `function_call`;
 * undefined if there are no tools.
 */
export function readToolSettings(fields: Fields): ToolSettings | undefined {
  const isOlder = fields.get("tools") === undefined && fields.get("functions") !== undefined;
  const tools = isOlder ? readTools(fields, "functions") : readTools(fields, "tools");
  const parallel = fields.boolean("parallel_tool_calls") ?? true;
  const choice = isOlder ? readOlderChoice(fields) : readChoice(fields);
  return completeTools(fields, tools, choice, parallel && !isOlder);
}

/** The caller's choice, for the given tools; names must be known. */
export function completeTools(
  fields: Fields,
  tools: readonly Tool[],
  { choice, allowed }: ReadChoice,
  parallel: boolean,
): ToolSettings | undefined {
  const refuse = (complaint: string) => {
    throw fields.invalid("tool_choice", complaint);
  };
  const known = new Set(tools.map(({ name }) => name));
  const named = [...(allowed ?? []), ...(typeof choice === "object" ? [choice.name] : [])];
  const unknown = named.find((name) => !known.has(name));
  if (unknown !== undefined) refuse(`names ${JSON.stringify(unknown)}, which is not among the tools`);
  if (tools.length === 0) {
    if (choice === "required") refuse("asks for a call, and there are no tools");
    return undefined;
  }
  const offered = allowed === undefined ? tools : tools.filter(({ name }) => allowed.includes(name));
  return { tools: offered, choice, parallel: parallel && typeof choice === "string" };
}

export interface ReadChoice {
  choice: ToolChoice;
  /** The tools that may be called, if not all may. */
  allowed?: readonly string[];
}

function readTools(fields: Fields, member: string): Tool[] {
  const list = fields.objects(member, "A tool") ?? [];
  if (list.length > MAX_TOOLS) throw fields.invalid(member, `must hold at most ${MAX_TOOLS} tools`);
  const tools = list.map((tool) => {
    const type = tool.string("type") ?? "function";
    if (type !== "function") throw tool.invalid("type", "must be `function`: no other tools run here");
    return readTool(tool.object("function") ?? tool, "parameters");
  });
  refuseTwins(fields, member, tools);
  return tools;
}

/** A function; `member` is the name of its schema. */
export function readTool(fields: Fields, member: string): Tool {
  const name = fields.string("name");
  if (name === undefined) throw fields.missing("name");
  if (!NAME.test(name)) throw fields.invalid("name", "must be 1 to 128 letters, digits or any of _ - . : /");
  const description = fields.string("description");
  const strict = fields.boolean("strict");
  return {
    name,
    ...(description !== undefined && { description }),
    parameters: fields.schema(member) ?? NO_PARAMETERS,
    ...(strict !== undefined && { strict }),
  };
}

/** Rejects tools with equal names, which would be ambiguous in the answer. */
export function refuseTwins(fields: Fields, member: string, tools: readonly Tool[]): void {
  const names = tools.map(({ name }) => name);
  const twin = names.find((name, index) => names.indexOf(name) < index);
  if (twin !== undefined)
    throw fields.invalid(member, `must not hold two tools named ${JSON.stringify(twin)}`);
}

const MODES: Readonly<Record<string, ToolChoice>> = {
  auto: "auto",
  none: "none",
  required: "required",
  any: "required",
};

function readChoice(fields: Fields): ReadChoice {
  const given = fields.get("tool_choice");
  if (given === undefined) return { choice: "auto" };
  if (typeof given === "string") return { choice: readMode(fields, "tool_choice") };
  const object = fields.object("tool_choice") as Fields;
  const type = object.string("type") ?? "function";
  if (type === "allowed_tools") return readAllowed(object.object("allowed_tools") ?? object);
  if (Object.hasOwn(MODES, type)) return { choice: MODES[type] };
  if (type !== "function" && type !== "tool") {
    throw object.invalid("type", "must be `function`, `allowed_tools`, `auto`, `none` or `required`");
  }
  return { choice: { name: readName(object.object("function") ?? object) } };
}

function readMode(fields: Fields, member: string): ToolChoice {
  return MODES[fields.choice(member, Object.keys(MODES)) ?? "auto"];
}

function readAllowed(fields: Fields): ReadChoice {
  const list = fields.objects("tools", "A tool") ?? [];
  if (list.length === 0) throw fields.missing("tools");
  const allowed = list.map((tool) => {
    tool.disregard("type");
    return readName(tool.object("function") ?? tool);
  });
  return { choice: readMode(fields, "mode"), allowed };
}

function readOlderChoice(fields: Fields): ReadChoice {
  const given = fields.get("function_call");
  if (given === undefined || typeof given === "string") return { choice: readMode(fields, "function_call") };
  return { choice: { name: readName(fields.object("function_call") as Fields) } };
}

function readName(fields: Fields): string {
  const name = fields.string("name");
  if (name === undefined) throw fields.missing("name");
  return name;
}
