export { buildRequest, type RequestContent, SETTINGS } from "./build.js";
export { REQUEST_DEFAULTS } from "./defaults.js";
export { FIELD_NAMES, fieldSchema, isHonoured, requestField, wireNames } from "./describe.js";
export type { EngineKind, RemoteKind, RequestField, Surface } from "./field.js";
export { memberAt, setMember } from "./path.js";
export type { RequestValues, SettingName, ValueOf, WireValues } from "./requestValues.js";
export { type FieldName, REQUEST_FIELDS } from "./table.js";
