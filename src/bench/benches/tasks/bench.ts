import { resolve } from "node:path";
import { FormworkError } from "../../../errors.js";
import { builtInSuite, readSuite, type Suite, type TaskCase } from "../../../tasks/index.js";
import type { Results } from "../../results.js";
import { runSession, type SessionOptions } from "../../run/session.js";

/** Suites by name, or by folder (relative to `workingFolder`) if the name has a slash or dot. Throws `wrong_usage`. */
export function findSuites(names: readonly string[], workingFolder: string): Promise<Suite[]> {
  return Promise.all(
    names.map(async (name) =>
      /[/\\.]/.test(name) ? readSuite(resolve(workingFolder, name)) : builtInSuite(name),
    ),
  );
}

/**
 * The cases of all suites whose id matches one of the patterns (`*` matches any text; no patterns match all). With several suites, ids
 * include the suite's name. Throws `wrong_usage` if nothing matches.
 */
export function selectCases(suites: readonly Suite[], patterns: readonly string[] = []): TaskCase[] {
  const several = suites.length > 1;
  const cases = suites.flatMap((suite) =>
    suite.cases.map((one) => (several ? { ...one, id: `${suite.name}/${one.id}` } : one)),
  );
  const tests = patterns.map((pattern) => new RegExp(`^${pattern.split("*").map(escaped).join(".*")}$`));
  const chosen =
    patterns.length === 0 ? cases : cases.filter((one) => tests.some((test) => test.test(one.id)));
  if (chosen.length === 0) {
    const known = cases
      .slice(0, 5)
      .map((one) => one.id)
      .join(", ");
    throw new FormworkError("wrong_usage", `No case matches ${patterns.join(", ")}; there are ${known}, ...`);
  }
  return chosen;
}

/** Measures the cases of a plan on all its targets. */
export function benchTasks(options: SessionOptions): Promise<Results> {
  return runSession(options);
}

function escaped(text: string): string {
  return text.replace(/[.+?^${}()|[\]\\]/g, "\\$&");
}
