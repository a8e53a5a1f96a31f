import {
  FIELD_NAMES,
  fieldSchema,
  requestField,
  type Surface,
  wireNames,
} from "../../engine/request/index.js";

type Schema = Record<string, unknown>;

/**
 * The members of a request on `surface`, by the table of request fields. `shapes` describes by wire name what the table
 * leaves to the surface; further members of it that the table does not know are the surface's own.
 */
export function requestMembers(surface: Surface, shapes: Readonly<Record<string, Schema>>): Schema {
  const members: Schema = {};
  for (const name of FIELD_NAMES) {
    const { doc } = requestField(name);
    for (const [index, wireName] of wireNames(name, surface).entries()) {
      const shape = fieldSchema(name) ?? { ...shapes[wireName], description: doc };
      const first = wireNames(name, surface)[0];
      add(members, wireName, index === 0 ? shape : { ...shape, description: `The same as \`${first}\`.` });
    }
  }
  for (const [wireName, shape] of Object.entries(shapes)) {
    if (!has(members, wireName)) add(members, wireName, shape);
  }
  return members;
}

/** Adds the member that `path` names; a dot leads into an object, which is made where it is missing. */
function add(members: Schema, path: string, shape: Schema): void {
  const dot = path.indexOf(".");
  if (dot < 0) {
    // An object that others have added to keeps what they added.
    members[path] = { ...shape, ...(members[path] as Schema | undefined) };
    return;
  }
  const name = path.slice(0, dot);
  members[name] ??= { type: "object", properties: {} };
  const around = members[name] as Schema;
  around["properties"] ??= {};
  add(around["properties"] as Schema, path.slice(dot + 1), shape);
}

function has(members: Schema, path: string): boolean {
  const dot = path.indexOf(".");
  if (dot < 0) return path in members;
  const around = members[path.slice(0, dot)] as Schema | undefined;
  return around?.["properties"] !== undefined && has(around["properties"] as Schema, path.slice(dot + 1));
}
