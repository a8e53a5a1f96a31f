import { type ChildProcess, spawn } from "node:child_process";
import { FormworkError } from "../../../errors.js";

const LAST_WORDS_MILLISECONDS = 1000;

/**
 * A child process with its own process group, so that terminating it also terminates its children. Its output goes to the container's
 * log, and the last lines are kept for error messages.
 */
export class Child {
  readonly name: string;
  /** Resolves when the process has ended, with a description of how. */
  readonly ended: Promise<string>;
  readonly #process: ChildProcess;
  readonly #lastLines: string[] = [];
  #running = true;

  constructor(name: string, command: readonly string[], environment: NodeJS.ProcessEnv = process.env) {
    this.name = name;
    this.#process = spawn(command[0]!, command.slice(1), {
      detached: true,
      env: environment,
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#process.stdout!.on("data", (chunk: Buffer) => this.#keep(chunk, process.stdout));
    this.#process.stderr!.on("data", (chunk: Buffer) => this.#keep(chunk, process.stderr));
    this.ended = new Promise((resolve) => {
      this.#process.once("error", (error) => {
        this.#running = false;
        resolve(`could not be started: ${error.message}`);
      });
      this.#process.once("exit", (code, signal) => {
        this.#running = false;
        const how = signal === null ? `ended with status ${code}` : `was ended by ${signal}`;
        // Its last output may still arrive; a surviving child process may keep the pipes open.
        this.#process.once("close", () => resolve(how));
        setTimeout(() => resolve(how), LAST_WORDS_MILLISECONDS).unref();
      });
    });
  }

  get running(): boolean {
    return this.#running;
  }

  /** The error to throw if it ended unexpectedly. */
  failure(how: string): FormworkError {
    const tail = this.#lastLines.slice(-12).join("\n");
    return new FormworkError("engine_unavailable", `${this.name} ${how}.${tail === "" ? "" : `\n${tail}`}`);
  }

  /** Asks it to end and kills it after `graceSeconds`. Resolves when it has ended. */
  async stop(graceSeconds: number): Promise<void> {
    if (!this.#running) return;
    this.#process.kill("SIGTERM");
    const timer = setTimeout(() => this.#killGroup(), graceSeconds * 1000);
    await this.ended;
    clearTimeout(timer);
    // Also kills remaining children of the child.
    this.#killGroup();
  }

  /** Kills an unresponsive child and its children immediately. `ended` reports that. */
  kill(): void {
    if (this.#running) this.#killGroup();
  }

  #killGroup(): void {
    if (this.#process.pid === undefined) return;
    try {
      process.kill(-this.#process.pid, "SIGKILL");
    } catch {
      // The group is gone already.
    }
  }

  #keep(chunk: Buffer, stream: NodeJS.WriteStream): void {
    stream.write(chunk);
    for (const line of chunk.toString("utf8").split("\n")) if (line.trim() !== "") this.#lastLines.push(line);
    if (this.#lastLines.length > 200) this.#lastLines.splice(0, this.#lastLines.length - 100);
  }
}

/** Resolves after `milliseconds`, or when the child ends, then with a description of how. */
export async function pause(milliseconds: number, child: Child): Promise<string | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const elapsed = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), milliseconds);
  });
  try {
    return await Promise.race([child.ended, elapsed]);
  } finally {
    clearTimeout(timer);
  }
}
