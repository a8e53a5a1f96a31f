// What every client of JavaScript shares: the same few requests, and how their outcome reaches the runner.
import { readFileSync } from "node:fs";

/** The server under test, without a path. */
export const serverUrl = process.env.FORMWORK_CLIENTS_URL;
export const openaiUrl = `${serverUrl}/v1`;
export const apiKey = "none";

/** A name that the server takes by `--served-model-name`, and one that it does not have. */
export const ALIAS = "gpt-4o-mini";
export const UNKNOWN_MODEL = "no-such-model";

export const DOCUMENT_PROMPT = "Ada Lovelace, 36 years old, mathematician.";
export const TEXT_PROMPT = "Say hello.";
export const WEATHER_PROMPT = "What is the weather in Paris? Use the tool get_weather.";
export const MAX_TOKENS = 120;

export const personSchema = {
  type: "object",
  properties: { name: { type: "string" }, age: { type: "integer" } },
  required: ["name", "age"],
};

export const weatherParameters = {
  type: "object",
  properties: { city: { type: "string" } },
  required: ["city"],
};

/** What the tool answers; `calls` counts how often it was called. */
export function weatherTool() {
  const tool = {
    calls: 0,
    answer(input) {
      expect(typeof input?.city === "string", `the tool was called with ${JSON.stringify(input)}`);
      tool.calls++;
      return "21 degrees, sunny";
    },
  };
  return tool;
}

export function expect(holds, otherwise) {
  if (!holds) throw new Error(otherwise);
}

export function expectPerson(value) {
  const whole = typeof value?.name === "string" && Number.isInteger(value?.age);
  expect(whole && Object.keys(value).length === 2, `not a person: ${JSON.stringify(value)}`);
}

export function expectText(text) {
  expect(typeof text === "string" && text.trim() !== "", `no text: ${JSON.stringify(text)}`);
}

/** The error that `promise` must end with, checked by `fits`. */
export async function expectFailure(promise, fits) {
  let error;
  try {
    await promise;
  } catch (thrown) {
    error = thrown;
  }
  expect(error !== undefined, "it was accepted");
  expect(fits(error), `another error: ${error.constructor.name} ${error.message}`);
}

/**
 * Runs `scenarios` (column of the table -> function) one after the other and prints one line of JSON for each.
 * `packageName` is looked up for its version.
 */
export async function runClient(client, packageName, scenarios) {
  const manifest = new URL(`../node_modules/${packageName}/package.json`, import.meta.url);
  const { version } = JSON.parse(readFileSync(manifest, "utf8"));
  for (const [scenario, run] of Object.entries(scenarios)) {
    const outcome = { client, version, scenario };
    try {
      await withinTime(run());
    } catch (error) {
      outcome.failure = `${error.constructor.name}: ${error.message}`;
    }
    console.log(JSON.stringify(outcome));
  }
}

function withinTime(promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error("no answer in 120 seconds")), 120_000);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
