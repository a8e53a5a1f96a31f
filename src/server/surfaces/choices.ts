import type { Fields } from "../bodyFields.js";

const MAX_CHOICES = 4096;

/** The permitted answers; undefined if the member is absent. */
export function readChoices(fields: Fields, name: string): readonly string[] | undefined {
  const list = fields.list(name);
  if (list === undefined) return undefined;
  if (list.length === 0) throw fields.invalid(name, "must hold at least one text");
  return fields.strings(name, MAX_CHOICES);
}
