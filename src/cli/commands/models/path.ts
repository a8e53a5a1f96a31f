import { FormworkError } from "../../../errors.js";
import { defineCommand } from "../../command.js";
import { cacheSettings, modelEnvironment } from "../../models.js";

export const command = defineCommand({
  operands: [
    { name: "model", description: "name of a known model (default: the default model)", required: false },
  ],
  settings: cacheSettings,
  examples: [["models path", "prints the default model's path, or fails if it has not been downloaded"]],
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
