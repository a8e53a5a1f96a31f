export type { Verdict } from "./judge.js";
export { DocumentValidator, sharedValidator, validateDocument } from "./validator.js";
