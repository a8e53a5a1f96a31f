import { defineCommand } from "../../command.js";

export const command = defineCommand({
  settings: {},
  examples: [["plugin serve", "answers frames on standard input until it is closed"]],
  notes: "The Python side of the plug-in starts this program itself; it is of no use on a terminal.",
  async run() {
    const { servePlugin } = await import("../../../plugin/index.js");
    servePlugin(0, 1);
    return undefined;
  },
});
