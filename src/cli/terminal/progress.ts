import type { Terminal } from "./terminal.js";

const BAR_WIDTH = 24;

/** A progress line on stderr. Draws nothing if stderr is not a terminal. */
export class ProgressLine {
  private readonly stderr: Terminal["stderr"];
  private readonly active: boolean;
  private drawn = "";

  constructor({ stderr, environment }: Pick<Terminal, "stderr" | "environment">) {
    this.stderr = stderr;
    this.active = stderr.isTTY === true && environment["TERM"] !== "dumb";
  }

  /** Shows `text`, with a bar if `share` (0 to 1) is given. */
  update(text: string, share?: number): void {
    if (!this.active) return;
    const line = share === undefined ? text : `${bar(share)} ${text}`;
    const cut = line.slice(0, (this.stderr.columns || 80) - 1);
    if (cut === this.drawn) return;
    this.stderr.write(`\r\u001b[2K${cut}`);
    this.drawn = cut;
  }

  /** Removes the line. */
  clear(): void {
    if (this.drawn === "") return;
    this.stderr.write("\r\u001b[2K");
    this.drawn = "";
  }
}

function bar(share: number): string {
  const full = Math.round(Math.min(1, Math.max(0, share)) * BAR_WIDTH);
  const percent = `${Math.floor(share * 100)}`.padStart(3);
  return `[${"#".repeat(full)}${"-".repeat(BAR_WIDTH - full)}] ${percent} %`;
}
