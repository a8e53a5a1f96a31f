import { defineCommand } from "../../command.js";
import { modalAppSettings, openModal } from "../../modal.js";

export const command = defineCommand({
  operands: [
    { name: "name", description: "the secret's name on Modal" },
    {
      name: "values",
      description: "KEY=VALUE, or KEY alone takes the value of that environment variable",
      several: true,
    },
  ],
  settings: modalAppSettings,
  examples: [
    ["secrets set huggingface HF_TOKEN", "takes the value from the variable HF_TOKEN"],
    ["secrets set keys FORMWORK_API_KEY=one,two", "a key of the server's own, besides Modal's"],
  ],
  notes:
    "An existing secret of that name is replaced. KEY=VALUE ends up in the shell's history; KEY alone does not.",
  async run({ operands: [name, ...words], values, terminal, signal }) {
    const { readSecretWords, setSecret } = await import("../../../deploy/index.js");
    const secret = readSecretWords(words, terminal.environment);
    await setSecret(await openModal(values, terminal, signal), name!, secret);
    terminal.stdout.write(
      `${name}: ${Object.keys(secret).join(", ")}. Deploy with --secret ${name} to use it.\n`,
    );
    return undefined;
  },
});
