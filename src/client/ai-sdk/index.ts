export type { FormworkOptions } from "./prompt.js";
export { createFormwork, type FormworkProvider } from "./provider.js";
