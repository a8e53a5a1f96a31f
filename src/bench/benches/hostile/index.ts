export { benchHostile, type HostileCase, type HostileOptions, type HostileResults } from "./bench.js";
export { hostileSchemas } from "./cases.js";
export { selectSchemas } from "./select.js";
export { HOSTILE_HEADER, hostileLine, hostileSummary, hostileText } from "./text.js";
