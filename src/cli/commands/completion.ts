import { FormworkError } from "../../errors.js";
import { defineCommand } from "../command.js";
import { bashCompletion, fishCompletion, zshCompletion } from "../completion/scripts.js";
import { describeWords } from "../completion/words.js";

const SHELLS = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion };

export const command = defineCommand({
  operands: [{ name: "shell", description: "bash, zsh or fish" }],
  settings: {},
  examples: [
    ["completion bash >> ~/.bashrc", "commands, flags and their values complete with Tab"],
    ['completion zsh > "${fpath[1]}/_formwork"', "the same in zsh"],
    ["completion fish > ~/.config/fish/completions/formwork.fish", "the same in fish"],
  ],
  async run({ operands: [shell], terminal, registry }) {
    if (!Object.hasOwn(SHELLS, shell)) {
      throw new FormworkError("wrong_usage", `The shell must be bash, zsh or fish, not ${shell}.`);
    }
    const words = await describeWords(registry);
    terminal.stdout.write(SHELLS[shell as keyof typeof SHELLS](words));
    return undefined;
  },
});
