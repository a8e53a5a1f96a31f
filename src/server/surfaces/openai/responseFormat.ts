import type { RequestContent, RequestValues } from "../../../engine/request/index.js";
import { isJsonObject, parseJson, writeJson } from "../../../json/index.js";
import type { SchemaText } from "../../../types.js";
import type { Fields } from "../../bodyFields.js";
import { readChoices } from "../choices.js";

/** The answer's format, and its setting of closed objects. */
export interface ReadFormat {
  content: Pick<RequestContent, "schema" | "format">;
  /** The caller's name for it, if any. */
  member?: string;
  /** `strict: true`: closed, regardless of other settings. */
  strict?: boolean;
}

export const TEXT: ReadFormat["content"] = { schema: "true", format: { kind: "text" } };
const ANY_OBJECT = '{"type":"object"}';

/**
 * The answer's format, in all the spellings of servers with OpenAI's chat API: `response_format`, `structured_outputs`, `guided_json` etc.
 * (vLLM), `regex` (SGLang), `json_schema` (llama-server). Text if there is none.
 */
export function readFormat(fields: Fields): ReadFormat {
  const found = [
    readResponseFormat(fields),
    readBare(fields, "json_schema"),
    ...readStructuredOutputs(fields.object("structured_outputs")),
    readBare(fields, "guided_json"),
    readRegex(fields, "guided_regex"),
    readRegex(fields, "regex"),
    readChoice(fields, "guided_choice"),
  ].filter((format) => format !== undefined);
  refuseGrammars(fields, ["grammar", "guided_grammar", "ebnf", "structural_tag"]);
  if (found.length > 1) {
    throw fields.invalid(found[1].member ?? "", `and \`${found[0].member}\` exclude each other`);
  }
  return found[0] ?? { content: TEXT };
}

/** `values` with the setting of closed objects by `strict`. */
export function withStrict(values: RequestValues, { strict }: Pick<ReadFormat, "strict">): RequestValues {
  return strict === true ? { ...values, additionalMembers: "closed" } : values;
}

function readResponseFormat(fields: Fields): ReadFormat | undefined {
  const format = fields.object("response_format");
  if (format === undefined) return undefined;
  const type = format.choice("type", ["text", "json_object", "json_schema"]);
  if (type === undefined) throw format.missing("type");
  if (type === "text") return undefined;
  const member = "response_format";
  if (type === "json_schema") return { ...readNamedSchema(format.object("json_schema") ?? format), member };
  // llama-server and others also accept a schema here.
  const schema = format.schema("schema") ?? format.schema("response_schema");
  return { content: { schema: schema ?? ANY_OBJECT }, member };
}

/** A schema with a name, a description for the model, and `strict`. */
export function readNamedSchema(fields: Fields): ReadFormat {
  const schema = fields.schema("schema");
  if (schema === undefined) throw fields.missing("schema");
  fields.disregard("name");
  const strict = fields.boolean("strict");
  return {
    content: { schema: describe(schema, fields.string("description")) },
    ...(strict !== undefined && { strict }),
  };
}

/** The schema with the description at its root, unless it has one, so that it is part of the prompt. */
function describe(schema: SchemaText, description: string | undefined): SchemaText {
  if (description === undefined || description === "") return schema;
  const root = parseJson(schema);
  if (!isJsonObject(root) || root.has("description")) return schema;
  return writeJson(new Map([["description", description], ...root]));
}

function readBare(fields: Fields, member: string): ReadFormat | undefined {
  const schema = fields.schema(member);
  return schema === undefined ? undefined : { content: { schema }, member };
}

function readRegex(fields: Fields, name: string, member = name): ReadFormat | undefined {
  const pattern = fields.string(name);
  if (pattern === undefined) return undefined;
  return { content: { schema: "true", format: { kind: "regex", pattern } }, member };
}

function readChoice(fields: Fields, name: string, member = name): ReadFormat | undefined {
  const choices = readChoices(fields, name);
  if (choices === undefined) return undefined;
  return { content: { schema: "true", format: { kind: "choice", choices } }, member };
}

function readStructuredOutputs(fields: Fields | undefined): (ReadFormat | undefined)[] {
  if (fields === undefined) return [];
  const member = "structured_outputs";
  refuseGrammars(fields, ["grammar", "structural_tag"]);
  const schema = fields.schema("json");
  const strict = fields.boolean("disable_additional_properties") === true;
  return [
    schema === undefined ? undefined : { content: { schema }, member, strict },
    readRegex(fields, "regex", member),
    readChoice(fields, "choice", member),
    fields.boolean("json_object") ? { content: { schema: ANY_OBJECT }, member } : undefined,
  ];
}

function refuseGrammars(fields: Fields, names: readonly string[]): void {
  for (const name of names) {
    if (fields.get(name) !== undefined) {
      throw fields.invalid(name, "is not possible here: use a JSON Schema, a regex or a choice");
    }
  }
}
