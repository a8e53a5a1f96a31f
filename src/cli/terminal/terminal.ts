/** Input and output of the program: answers go to `stdout`, everything else to `stderr`. */
export interface Terminal {
  stdout: { write(text: string): unknown; isTTY?: boolean };
  stderr: { write(text: string): unknown; isTTY?: boolean; columns?: number };
  /** All of standard input as text. */
  readStdin(): Promise<string>;
  environment: Readonly<Record<string, string | undefined>>;
  workingFolder: string;
}

/** The terminal of this process. */
export function processTerminal(): Terminal {
  return {
    stdout: process.stdout,
    stderr: process.stderr,
    async readStdin() {
      const chunks: Buffer[] = [];
      for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
      return Buffer.concat(chunks).toString("utf8");
    },
    environment: process.env,
    workingFolder: process.cwd(),
  };
}
