import { FormworkError } from "../../../errors.js";
import { modalOption, OPTION_NAMES, type OptionName } from "./table.js";

/** The permitted keys of `modal`: those of the table, with volumes in a nested object. */
const KEYS = [...new Set(OPTION_NAMES.map((name) => name.split(".")[0]!))];

/** Values of unknown origin, read one by one. */
export class OptionReader {
  readonly #values = new Map<string, unknown>();

  constructor(layers: readonly unknown[]) {
    for (const layer of layers) {
      if (layer === undefined) continue;
      if (typeof layer !== "object" || layer === null || Array.isArray(layer)) {
        throw new FormworkError("invalid_request", "The key modal holds an object.", { pointer: "/modal" });
      }
      for (const [key, value] of Object.entries(layer)) {
        if (!KEYS.includes(key)) {
          throw invalid(key, `is not an option of a deployment; the options are ${KEYS.join(", ")}`);
        }
        if (value !== undefined && value !== null) this.#values.set(key, value);
      }
    }
  }

  text(name: OptionName): string | undefined {
    const value = this.#value(name);
    if (value === undefined) return undefined;
    if (typeof value !== "string" || value === "") throw invalid(name, "must be a non-empty string");
    return value;
  }

  /** A valid name of an app or a volume on Modal. */
  name(name: OptionName): string | undefined {
    const value = this.text(name);
    if (value !== undefined && !isObjectName(value)) {
      throw invalid(name, `must be at most 64 letters, digits, dots, dashes and underscores, not "${value}"`);
    }
    return value;
  }

  /** One text or several. */
  texts(name: OptionName): string[] | undefined {
    const value = this.#value(name);
    if (value === undefined) return undefined;
    const list = Array.isArray(value) ? value : [value];
    if (!list.every((item): item is string => typeof item === "string" && item !== "")) {
      throw invalid(name, "must be a string or a list of strings");
    }
    return list;
  }

  /** Names of regions; Modal would only reject a wrong one after the image is built. */
  region(name: OptionName): string[] | undefined {
    const names = this.texts(name);
    const wrong = names?.find((one) => !REGION.test(one));
    if (wrong === undefined) return names;
    throw invalid(name, `must be a region such as us-east, us-west, eu-west or ap-southeast, not "${wrong}"`);
  }

  flag(name: OptionName): boolean | undefined {
    const value = this.#value(name);
    if (value !== undefined && typeof value !== "boolean") throw invalid(name, "must be true or false");
    return value;
  }

  /** One of the table's words. */
  choice<Word extends string>(name: OptionName): Word | undefined {
    const option = modalOption(name);
    const choices = option.kind === "choice" ? option.choices : [];
    const value = this.#value(name);
    if (value !== undefined && !choices.includes(value as string)) {
      throw invalid(name, `must be one of ${choices.join(", ")}, not ${JSON.stringify(value)}`);
    }
    return value as Word | undefined;
  }

  /** An integer in the table's range; `maximum` narrows it. */
  whole(name: OptionName, maximum = Infinity): number | undefined {
    const option = modalOption(name);
    const [least, most] = option.kind === "whole" ? [option.minimum, option.maximum] : [0, 0];
    const value = this.#value(name);
    if (value === undefined) return undefined;
    if (
      !Number.isInteger(value) ||
      (value as number) < least ||
      (value as number) > Math.min(most, maximum)
    ) {
      throw invalid(
        name,
        `must be an integer from ${least} to ${Math.min(most, maximum)}, not ${JSON.stringify(value)}`,
      );
    }
    return value as number;
  }

  secrets(): Record<string, string[]> {
    const value = this.#values.get("secrets") ?? [];
    const entries: [string, unknown][] = Array.isArray(value)
      ? value.map((name) => [name, []])
      : typeof value === "string"
        ? [[value, []]]
        : Object.entries(value as object);
    for (const [name, keys] of entries) {
      if (typeof name !== "string" || !isObjectName(name))
        throw invalid("secrets", "must name Modal secrets");
      if (!Array.isArray(keys) || !keys.every((key) => typeof key === "string")) {
        throw invalid(`secrets/${name}`, "must be a list of the keys that the secret holds");
      }
    }
    return Object.fromEntries(entries) as Record<string, string[]>;
  }

  /** The value of an option; names with a dot are nested. */
  #value(name: OptionName): unknown {
    const [key = name, inner] = name.split(".");
    const value = this.#values.get(key);
    if (inner === undefined || value === undefined) return value;
    if (typeof value !== "object" || Array.isArray(value)) throw invalid(key, "must be an object");
    const members = OPTION_NAMES.filter((other) => other.startsWith(`${key}.`)).map(
      (other) => other.split(".")[1]!,
    );
    const unknown = Object.keys(value as object).find((member) => !members.includes(member));
    if (unknown !== undefined) {
      throw invalid(`${key}/${unknown}`, `is not an option; the options are ${members.join(", ")}`);
    }
    return (value as Record<string, unknown>)[inner];
  }
}

/** A continent or a country, a direction, and a zone of a provider: `eu`, `us-east`, `us-east-1`. */
const REGION =
  /^(?:us|eu|ap|uk|ca|me|sa|af|jp|mx)(?:-(?:east|west|north|south|central|northeast|northwest|southeast|southwest)(?:-?\d+)?)?$/;

function isObjectName(name: string): boolean {
  return /^[a-zA-Z0-9._-]{1,64}$/.test(name) && !/^ap-[a-zA-Z0-9]{22}$/.test(name);
}

export function checkTimeZone(timeZone: string): void {
  try {
    new Intl.DateTimeFormat("en", { timeZone });
  } catch (cause) {
    throw new FormworkError(
      "invalid_request",
      `modal.timeZone: "${timeZone}" is not a time zone; write, for example, Europe/Berlin.`,
      {
        pointer: "/modal/timeZone",
        cause,
      },
    );
  }
}

export function invalid(key: string, what: string): FormworkError {
  return new FormworkError("invalid_request", `modal.${key.replace("/", ".")} ${what}.`, {
    pointer: `/modal/${key.replace(".", "/")}`,
  });
}
