import { universal } from "../../regex/index.js";
import { contentOf } from "../content/content.js";
import { StringMachine } from "./machine.js";

/** Any string, in any spelling. */
export const FREE_STRING = new StringMachine({
  content: contentOf(universal()),
  escapes: "all",
  minLength: 0,
  maxLength: Number.POSITIVE_INFINITY,
});
