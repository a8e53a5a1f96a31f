import { FormworkError } from "../../../errors.js";
import { defineCommand } from "../../command.js";
import { cacheSettings, modelEnvironment } from "../../models.js";

export const command = defineCommand({
  operands: [{ name: "model", description: "a known model; the default one if left out", required: false }],
  settings: cacheSettings,
  examples: [["models path", "prints the default model's file, or fails where it is not fetched yet"]],
  async run({ operands: [name], values, terminal }) {
    const { DEFAULT_MODEL, knownModel, listModels } = await import("../../../models/index.js");
    const { id } = knownModel(name ?? DEFAULT_MODEL);
    const { cachedPath } =
      listModels(modelEnvironment(terminal, values.cache)).find((model) => model.id === id) ?? {};
    if (!cachedPath) {
      throw new FormworkError("model_unavailable", `${id} is not fetched yet: formwork models pull ${id}`);
    }
    terminal.stdout.write(`${cachedPath}\n`);
    return undefined;
  },
});
