import type { ModalCommandLine } from "../deploy/index.js";
// Not through the index, which would load all of the deployment to show its flags.
import {
  type MODAL_OPTIONS,
  type ModalOption,
  type ModalOptions,
  modalOption,
  OPTION_NAMES,
  type OptionName,
} from "../deploy/modal/options/index.js";
import { FormworkError } from "../errors.js";
import {
  Complaint,
  choice,
  integer,
  list,
  type Setting,
  text,
  toggle,
  type ValuesOf,
} from "./config/setting.js";
import type { Terminal } from "./terminal/terminal.js";

/** The app on Modal for a command. */
export const modalAppSettings = {
  "modal.app": text({ flag: "--app <name>", description: "the app's name on Modal", fallback: "formwork" }),
  "modal.environment": text({
    flag: "--environment <name>",
    description: "Modal's environment; the workspace's default if left out",
  }),
  "modal.version": text({
    flag: "--modal-version <version>",
    description: "version of Modal's package (default: one that was tested)",
  }),
};

/** The settings that identify the app. */
export const MODAL_APP_KEYS = Object.keys(modalAppSettings) as (keyof typeof modalAppSettings)[];

type Table = typeof MODAL_OPTIONS;
type ValueOf<Option> = Option extends { kind: "choice"; choices: readonly (infer Word)[] }
  ? Word | undefined
  : Option extends { kind: "whole" }
    ? number | undefined
    : Option extends { kind: "flag" }
      ? boolean | undefined
      : Option extends { kind: "texts" | "regions" | "words" | "secrets" }
        ? readonly string[]
        : string | undefined;

/** All settings of a deployment, one per row of the table. */
export const modalSettingsFlags = {
  ...(Object.fromEntries(
    OPTION_NAMES.map((name) => [`modal.${name}`, settingOf(modalOption(name))]),
  ) as unknown as { readonly [Name in OptionName as `modal.${Name}`]: Setting<ValueOf<Table[Name]>> }),
  ...modalAppSettings,
};

/** The command-line setting of a row. */
function settingOf(option: ModalOption): Setting<unknown> {
  const { flag, doc } = option;
  const base = { flag, description: doc.replaceAll("`", "") };
  switch (option.kind) {
    case "choice":
      return choice({ ...base, choices: option.choices });
    case "whole":
      return integer({ ...base, minimum: option.minimum, maximum: option.maximum });
    case "flag":
      return toggle(base);
    case "secrets":
      return secretList(base);
    case "words":
      return list(base);
    case "texts":
    case "regions":
      return oneOrSeveral(base);
    default:
      return text(base);
  }
}

/** The deployment's part of a command's values. */
export function modalOptions(values: Partial<ValuesOf<typeof modalSettingsFlags>>): ModalOptions {
  const options: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(values)) {
    const isUnset = value === undefined || (Array.isArray(value) && value.length === 0);
    if (!Object.hasOwn(modalSettingsFlags, key) || key === "modal.version" || isUnset) continue;
    const name = key.slice("modal.".length);
    if (name === "secrets") options["secrets"] = secretRecord(value as readonly string[]);
    else if (name.startsWith("volumes.")) {
      options["volumes"] = { ...(options["volumes"] as object), [name.slice("volumes.".length)]: value };
    } else options[name] = value;
  }
  return options as ModalOptions;
}

/** Modal's command line, installed if needed; progress goes to stderr. */
export async function openModal(
  values: ValuesOf<typeof modalAppSettings>,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<ModalCommandLine> {
  const { modalCommandLine } = await import("../deploy/index.js");
  const version = values["modal.version"];
  return modalCommandLine({
    ...(version === undefined ? {} : { version }),
    environment: values["modal.environment"],
    signal,
    onProgress: (line) => terminal.stderr.write(`${line}\n`),
  });
}

/** A list, which may be a single string in the file. */
function oneOrSeveral(base: { flag: string; description: string }): Setting<readonly string[]> {
  const plain = list(base);
  return { ...plain, readJson: (value) => plain.readJson(typeof value === "string" ? [value] : value) };
}

/** `name:KEY+KEY` texts; in the file also `{"name": ["KEY"]}`. */
function secretList(base: { flag: string; description: string }): Setting<readonly string[]> {
  const plain = list(base);
  return {
    ...plain,
    readJson: (value) => {
      if (typeof value !== "object" || value === null || Array.isArray(value)) return plain.readJson(value);
      return Object.entries(value).map(([name, keys]) => {
        if (!Array.isArray(keys)) throw new Complaint("must list the keys of each secret");
        return keys.length === 0 ? name : `${name}:${keys.join("+")}`;
      });
    },
  };
}

function secretRecord(words: readonly string[]): Record<string, string[]> {
  const entries = words.map((word) => {
    const [name = "", keys, ...rest] = word.split(":");
    if (name === "" || rest.length > 0) {
      throw new FormworkError("wrong_usage", `--secret "${word}" is not of the form NAME or NAME:KEY+KEY.`);
    }
    return [name, keys === undefined ? [] : keys.split("+").filter((key) => key !== "")] as const;
  });
  return Object.fromEntries(entries);
}
