import { universal } from "../regex/index.js";
import { contentOf } from "./content.js";
import { StringMachine } from "./stringMachine.js";

/** Any string, in any spelling. */
export const FREE_STRING = new StringMachine({
  content: contentOf(universal()),
  escapes: "all",
  minLength: 0,
  maxLength: Number.POSITIVE_INFINITY,
});
