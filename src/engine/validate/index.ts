export type { Verdict } from "./documentCheck.js";
export { DocumentValidator, sharedValidator, validateDocument } from "./validator.js";
