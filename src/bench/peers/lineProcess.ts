import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { FormworkError } from "../../errors.js";

/**
 * A peer's process with a line-based protocol on standard output; its standard error is kept for error messages. It is expected to end when
 * its standard input closes, and is killed otherwise.
 */
export class LineProcess {
  private readonly child: ChildProcess;
  private readonly name: string;
  private readonly lines: string[] = [];
  private readonly waiting: { resolve: (line: string) => void; reject: (error: Error) => void }[] = [];
  private complaint = "";
  private ended = false;

  constructor(name: string, command: string, args: readonly string[], folder: string) {
    this.name = name;
    this.child = spawn(command, [...args], { cwd: folder, stdio: ["pipe", "pipe", "pipe"] });
    createInterface({ input: this.child.stdout! }).on("line", (line) => this.take(line));
    this.child.stderr!.on("data", (chunk: Buffer) => {
      this.complaint = (this.complaint + chunk.toString("utf8")).slice(-2_000);
    });
    this.child.stdin!.on("error", () => {});
    this.child.once("error", (error) => this.finish(error.message));
    this.child.once("close", (code) => this.finish(`it ended with ${code}`));
  }

  send(line: string): void {
    this.child.stdin!.write(`${line}\n`);
  }

  /** The next line. Throws `engine_unavailable` if the process has ended. */
  next(): Promise<string> {
    const line = this.lines.shift();
    if (line !== undefined) return Promise.resolve(line);
    if (this.ended) return Promise.reject(this.failure());
    return new Promise((resolve, reject) => this.waiting.push({ resolve, reject }));
  }

  async close(): Promise<void> {
    if (this.ended) return;
    const gone = new Promise<void>((resolve) => this.child.once("close", () => resolve()));
    this.child.stdin!.end();
    const impatience = setTimeout(() => this.child.kill("SIGKILL"), 3_000);
    await gone;
    clearTimeout(impatience);
  }

  private take(line: string): void {
    const next = this.waiting.shift();
    if (next === undefined) this.lines.push(line);
    else next.resolve(line);
  }

  private finish(reason: string): void {
    if (this.ended) return;
    this.ended = true;
    this.complaint = `${this.complaint.trim()} (${reason})`;
    for (const { reject } of this.waiting.splice(0)) reject(this.failure());
  }

  private failure(): FormworkError {
    const said = this.complaint.split("\n").slice(-4).join(" ");
    return new FormworkError("engine_unavailable", `${this.name} is gone: ${said}`);
  }
}
