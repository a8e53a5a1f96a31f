import type { GenerateRequest } from "../../../engine/index.js";
import type { Tool } from "../../../types.js";
import type { Fields } from "../../bodyFields.js";
import { readCustomTool } from "./customTools.js";

export type ToolSettings = NonNullable<GenerateRequest["tools"]>;
type ToolChoice = ToolSettings["choice"];

const MAX_TOOLS = 512;
const NAME = /^[\w.:/-]{1,128}$/;
const NO_PARAMETERS = '{"type":"object","properties":{}}';

/** The tools of a request. */
export interface ReadTools {
  /** Undefined if there are no tools. */
  settings: ToolSettings | undefined;
  /** Names of the custom tools, whose input is a text. */
  custom: ReadonlySet<string>;
  /** Converts a pointer of the engine, which counts the offered tools, to one into the body. */
  relocate(pointer: string): string;
}

/** A tool, and the pointer of its schema in the body. */
export interface LocatedTool {
  tool: Tool;
  pointer: string;
  /** Set for a custom tool: the pointer of its pattern, if it has one. */
  custom?: { patternPointer: string | undefined };
}

/**
 * `tools`, `tool_choice` and `parallel_tool_calls` of OpenAI's chat and Responses APIs, and the older `functions` and `function_call`.
 * `hasCustom`: whether the surface has calls with a text as their input.
 */
export function readToolSettings(fields: Fields, hasCustom = false): ReadTools {
  const isOlder = fields.get("tools") === undefined && fields.get("functions") !== undefined;
  const tools = readTools(fields, isOlder ? "functions" : "tools", hasCustom && !isOlder);
  const parallel = fields.boolean("parallel_tool_calls") ?? true;
  const choice = isOlder ? readOlderChoice(fields) : readChoice(fields);
  return completeTools(fields, tools, choice, parallel && !isOlder);
}

/** The caller's choice, for the given tools; names must be known. */
export function completeTools(
  fields: Fields,
  located: readonly LocatedTool[],
  choice: ReadChoice,
  parallel: boolean,
): ReadTools {
  const settings = settingsOf(
    fields,
    located.map(({ tool }) => tool),
    choice,
    parallel,
  );
  const offered = located.filter(({ tool }) => settings?.tools.includes(tool));
  return {
    settings,
    custom: new Set(offered.filter(({ custom }) => custom !== undefined).map(({ tool }) => tool.name)),
    relocate: (pointer) => relocated(pointer, offered),
  };
}

const TOOL_SCHEMA = /^\/tools\/(\d+)\/parameters/;

function relocated(pointer: string, offered: readonly LocatedTool[]): string {
  const found = TOOL_SCHEMA.exec(pointer);
  const place = found === null ? undefined : offered[Number(found[1])];
  if (found === null || place === undefined) return pointer;
  return place.custom?.patternPointer ?? place.pointer + pointer.slice(found[0].length);
}

function settingsOf(
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

function readTools(fields: Fields, member: string, hasCustom: boolean): LocatedTool[] {
  const list = fields.objects(member, "A tool") ?? [];
  if (list.length > MAX_TOOLS) throw fields.invalid(member, `must hold at most ${MAX_TOOLS} tools`);
  const tools = list.map((tool) => {
    const type = tool.string("type") ?? "function";
    if (hasCustom && type === "custom") return readCustom(tool.object("custom") ?? tool);
    if (type !== "function") {
      const known = hasCustom ? "`function` or `custom`" : "`function`";
      throw tool.invalid("type", `must be ${known}: no other tools run here`);
    }
    return readTool(tool.object("function") ?? tool, "parameters");
  });
  refuseTwins(fields, member, tools);
  return tools;
}

/** A function; `member` is the name of its schema. */
export function readTool(fields: Fields, member: string): LocatedTool {
  const strict = fields.boolean("strict");
  const tool: Tool = {
    ...readDescription(fields),
    parameters: fields.schema(member) ?? NO_PARAMETERS,
    ...(strict !== undefined && { strict }),
  };
  return { tool, pointer: fields.pointerOf(member) };
}

function readCustom(fields: Fields): LocatedTool {
  const { parameters, patternPointer } = readCustomTool(fields);
  return {
    tool: { ...readDescription(fields), parameters },
    pointer: fields.pointerOf("format"),
    custom: { patternPointer },
  };
}

function readDescription(fields: Fields): Pick<Tool, "name" | "description"> {
  const name = fields.string("name");
  if (name === undefined) throw fields.missing("name");
  if (!NAME.test(name)) throw fields.invalid("name", "must be 1 to 128 letters, digits or any of _ - . : /");
  const description = fields.string("description");
  return { name, ...(description !== undefined && { description }) };
}

/** Rejects tools with equal names, which would be ambiguous in the answer. */
export function refuseTwins(fields: Fields, member: string, tools: readonly LocatedTool[]): void {
  const names = tools.map(({ tool }) => tool.name);
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
  if (!["function", "custom", "tool"].includes(type)) {
    const known = "`function`, `custom`, `allowed_tools`, `auto`, `none` or `required`";
    throw object.invalid("type", `must be ${known}`);
  }
  return { choice: { name: readNestedName(object) } };
}

function readMode(fields: Fields, member: string): ToolChoice {
  return MODES[fields.choice(member, Object.keys(MODES)) ?? "auto"];
}

function readAllowed(fields: Fields): ReadChoice {
  const list = fields.objects("tools", "A tool") ?? [];
  if (list.length === 0) throw fields.missing("tools");
  const allowed = list.map((tool) => {
    tool.disregard("type");
    return readNestedName(tool);
  });
  return { choice: readMode(fields, "mode"), allowed };
}

function readOlderChoice(fields: Fields): ReadChoice {
  const given = fields.get("function_call");
  if (given === undefined || typeof given === "string") return { choice: readMode(fields, "function_call") };
  return { choice: { name: readName(fields.object("function_call") as Fields) } };
}

/** The name, which chat nests by kind of tool. */
function readNestedName(fields: Fields): string {
  return readName(fields.object("function") ?? fields.object("custom") ?? fields);
}

function readName(fields: Fields): string {
  const name = fields.string("name");
  if (name === undefined) throw fields.missing("name");
  return name;
}
