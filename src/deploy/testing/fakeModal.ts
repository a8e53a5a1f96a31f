import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { type ModalCommandLine, modalCommandLine } from "../modal/commandLine.js";
import type { RecordedCall } from "./registrations.js";

/** The releases of Modal's package that the generated app must work with: the oldest and the newest. */
export const MODAL_VERSIONS = ["1.5.4", "1.6.4"] as const;

export interface FakeModal {
  modal: ModalCommandLine;
  calls: RecordedCall[];
  close(): void;
}

/** The real package, talking to a stand-in for Modal's servers in a process of its own. */
export async function startFakeModal(
  version: string,
  faults: Record<string, boolean | string> = {},
): Promise<FakeModal> {
  const modal = await modalCommandLine({ version });
  const program = fileURLToPath(new URL("./controlPlane.py", import.meta.url));
  const child = spawn(modal.python[0]!, [program], {
    env: { ...process.env, FORMWORK_FAKE: JSON.stringify(faults) },
    stdio: ["pipe", "pipe", "inherit"],
  });
  const calls: RecordedCall[] = [];
  const port = await new Promise<number>((resolve, reject) => {
    child.once("exit", (code) => reject(new Error(`the stand-in ended with ${code}`)));
    createInterface({ input: child.stdout! }).on("line", (line) => {
      const value = JSON.parse(line) as RecordedCall & { port?: number };
      if (value.port === undefined) calls.push(value);
      else resolve(value.port);
    });
  });
  return {
    modal: {
      ...modal,
      variables: {
        MODAL_SERVER_URL: `http://127.0.0.1:${port}`,
        MODAL_TOKEN_ID: "ak-test",
        MODAL_TOKEN_SECRET: "as-test",
      },
    },
    calls,
    close: () => void child.stdin!.end(),
  };
}
