import { type ChildProcess, fork } from "node:child_process";
import type { ProcessEnd } from "../../system/index.js";
import type { ChildMessage, ParentMessage } from "./messages.js";

/** Callbacks for the owner of an engine process. */
export interface EngineProcessListener {
  message(message: ChildMessage): void;
  /** The process has ended. */
  exit(end: ProcessEnd): void;
}

/** Grace period of a process before it is killed, in milliseconds. */
const GRACE_MS = 3000;
const STDERR_TAIL = 2000;

/** One engine process, from fork to exit. */
export class EngineProcess {
  private readonly child: ChildProcess;
  private readonly gone: Promise<void>;
  private stderr = "";

  constructor(entry: string, listener: EngineProcessListener) {
    this.child = fork(entry, [], {
      // Otherwise the garbage collector's threads would run for the constraint workers at the priority of the decode threads.
      execArgv: ["--single-threaded-gc"],
      serialization: "json",
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    this.gone = new Promise((resolve) => {
      let over = false;
      const ended = (end: ProcessEnd) => {
        if (over) return;
        over = true;
        resolve();
        listener.exit(end);
      };
      // `close` comes after the last message and the last byte of stderr; `exit` does not.
      this.child.on("close", (code, signal) => ended({ code, signal, stderr: this.stderr }));
      this.child.on("error", (error) => {
        if (this.child.pid === undefined) ended({ code: 1, signal: null, stderr: error.message });
      });
    });
    this.child.on("message", (message) => {
      // Late messages of a process that has been given up are ignored.
      listener.message(message as ChildMessage);
    });
    this.child.stderr!.setEncoding("utf8").on("data", (text: string) => {
      this.stderr = (this.stderr + text).slice(-STDERR_TAIL);
    });
    // Neither the process nor its pipes keep the parent alive; running requests do.
    this.release();
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  send(message: ParentMessage): void {
    if (this.child.connected) this.child.send(message, () => {});
  }

  /** While held, this process keeps the parent's event loop alive. */
  hold(): void {
    this.child.ref();
    this.child.channel?.ref();
  }

  release(): void {
    this.child.unref();
    this.child.channel?.unref();
    (this.child.stderr as unknown as { unref?: () => void }).unref?.();
  }

  /** Asks the process to exit, kills it if it does not; resolves when it has ended. */
  async stop(): Promise<void> {
    this.hold();
    this.send({ type: "close" });
    const timer = setTimeout(() => this.kill(), GRACE_MS);
    await this.gone;
    clearTimeout(timer);
  }

  kill(): void {
    this.child.kill("SIGKILL");
  }
}
