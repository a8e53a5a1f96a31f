import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface, type Interface } from "node:readline";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { modalCommandLine } from "../modal/commandLine.js";
import type { ModalOptions } from "../modal/options/index.js";
import { modalSettings } from "../modal/settings.js";
import { renderApp } from "../modal/template/index.js";

/** The built program of the container: the image holds the same file. */
const PROGRAM = fileURLToPath(new URL("../../../dist/deploy/modal/entrypoint/main.js", import.meta.url));

/** A generated app file whose hooks run here as they do on Modal, in Modal's Python. */
export class ContainerRun {
  readonly #process: ChildProcess;
  readonly #answers: Interface;
  readonly #folder: string;

  private constructor(process: ChildProcess, folder: string) {
    this.#process = process;
    this.#folder = folder;
    this.#answers = createInterface({ input: process.stdio[3] as Readable });
  }

  /** `container` replaces members of the app's `CONTAINER`; `weights` stands for a model in the volume. */
  static async start(
    version: string,
    options: ModalOptions,
    container: object,
    weights?: { path: string; files: Record<string, number> },
  ): Promise<ContainerRun> {
    const folder = mkdtempSync(join(tmpdir(), "formwork-container-"));
    const app = join(folder, "modal_app.py");
    writeFileSync(app, renderApp(modalSettings(options), "9.9.9"));
    const { python } = await modalCommandLine({ version });
    const program = fileURLToPath(new URL("./runContainer.py", import.meta.url));
    const marker = join(folder, "marker.json");
    if (weights !== undefined) writeFileSync(marker, JSON.stringify(weights));
    const changes = JSON.stringify({
      ...{ program: [process.execPath, PROGRAM], container },
      ...(weights === undefined ? {} : { marker }),
    });
    const child = spawn(python[0]!, [program, app, changes], {
      // Answers come by a way of their own: standard output is the container's log, as on Modal.
      stdio: ["pipe", "ignore", "ignore", "pipe"],
    });
    return new ContainerRun(child, folder);
  }

  /** `enter`, `exit`, `put KEY JSON`, or a path of the health function; resolves with the answer. */
  // biome-ignore lint/suspicious/noExplicitAny: JSON of several shapes.
  async ask(word: string): Promise<any> {
    const line = once(this.#answers, "line") as Promise<[string]>;
    this.#process.stdin!.write(`${word}\n`);
    const { answer, error } = JSON.parse((await line)[0]) as { answer?: unknown; error?: string };
    if (error !== undefined) throw new Error(error);
    return answer;
  }

  /** Ends whatever still runs. */
  async close(): Promise<void> {
    if (this.#process.exitCode === null) {
      this.#process.stdin!.end();
      await once(this.#process, "exit");
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
