import { FormworkError } from "../../errors.js";
import type { Suite } from "../task.js";
import { classification } from "./classification.js";
import { extraction } from "./extraction.js";
import { functionCalling } from "./functionCalling.js";
import { irMedium } from "./irMedium.js";
import { irSimple } from "./irSimple.js";
import { schemas } from "./schemas/suite.js";

/** The built-in suites, in the order in which they are listed. */
export const SUITES: readonly Suite[] = [
  irSimple,
  irMedium,
  extraction,
  classification,
  functionCalling,
  schemas,
];

/** A built-in suite by name. Throws `wrong_usage` with the known names. */
export function builtInSuite(name: string): Suite {
  const suite = SUITES.find((one) => one.name === name);
  if (suite === undefined) {
    const names = SUITES.map((one) => one.name).join(", ");
    throw new FormworkError(
      "wrong_usage",
      `There is no suite ${name}. There are: ${names}; or name a folder of *.case.json.`,
    );
  }
  return suite;
}
