import {
  FIELD_NAMES,
  fieldSchema,
  requestField,
  type Surface,
  wireNames,
} from "../../engine/request/index.js";

type Schema = Record<string, unknown>;

/**
 * The members of a request on `surface`, from the table of request fields. `shapes` has the schemas, by wire name, that the table leaves
 * to the surface, and additional members of the surface.
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

/** Adds the member at `path`; a dot leads into an object, which is created if missing. */
function add(members: Schema, path: string, shape: Schema): void {
  const dot = path.indexOf(".");
  if (dot < 0) {
    // Keeps what other fields have added to the object.
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
