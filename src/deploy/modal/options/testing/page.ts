import { variableOf } from "../../../../cli/config/setting.js";
import { type ModalOption, modalOption, OPTION_NAMES } from "../table.js";

/** `docs/modal-options.md`: every option of a deployment, its flag and its variable. */
export function modalOptionsPage(): string {
  const rows = OPTION_NAMES.map((name) => {
    const option = modalOption(name);
    const flag = option.flag.split(" ")[0]!;
    return [
      code(name),
      `${code(flag)}, ${code(variableOf(`modal.${name}`))}`,
      valueText(option),
      option.default ?? "",
      option.doc,
    ];
  });
  const head = ["key", "flag, variable", "value", "default", ""];
  return [
    "# Options of a deployment on Modal",
    "",
    "Made from the table in `src/deploy/modal/options/table.ts` (`npx vitest run src/deploy/modal/settings.test.ts -u` writes this",
    "page). Keys stand under `modal` in `formwork.config.json`, those with a dot in an object; flags are those of",
    "`formwork deploy modal`. Times are in seconds.",
    "",
    ...[head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`),
    "",
  ].join("\n");
}

function valueText(option: ModalOption): string {
  switch (option.kind) {
    case "choice":
      return option.choices.map(code).join(", ");
    case "whole":
      return `${option.minimum} to ${option.maximum}`;
    case "flag":
      return "true, false";
    case "texts":
    case "regions":
      return "text or list";
    case "words":
      return "list";
    case "secrets":
      return "list, or names with their keys";
    default:
      return "text";
  }
}

function code(text: string): string {
  return `\`${text}\``;
}
