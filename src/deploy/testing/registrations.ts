import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runCommand } from "../../system/index.js";
import { modalCommandLine } from "../modal/commandLine.js";
import type { ModalOptions } from "../modal/options/index.js";
import { modalSettings } from "../modal/settings.js";
import { renderApp, SUPPORT_FOLDER } from "../modal/template/index.js";

// biome-ignore-start lint/suspicious/noExplicitAny: protocol buffers as JSON, of many shapes.
/** One call that the real package made to the stand-in for Modal's servers. */
export interface RecordedCall {
  call: string;
  request: any;
}

/** What one app file asked Modal for. */
export class Registration {
  readonly calls: RecordedCall[] = [];

  /** A function, or the server, by its name; `ranked` holds it once for each GPU in order of preference. */
  named(name: string): any {
    for (const { call, request } of this.calls) {
      if (call !== "FunctionCreate") continue;
      const ranked = request.function_data?.ranked_functions?.map((one: any) => one.function) ?? [
        request.function,
      ];
      if (ranked[0].function_name === name) return { ...ranked[0], ranked };
    }
    throw new Error(`nothing registered ${name}`);
  }

  /** The commands of all image layers, in the order they are built. */
  imageCommands(): string {
    const images = this.calls
      .filter(({ call }) => call === "ImageGetOrCreate")
      .map(({ request }) => request.image);
    return images.flatMap((image) => image.dockerfile_commands).join("\n");
  }

  requests(call: string): any[] {
    return this.calls.filter((one) => one.call === call).map(({ request }) => request);
  }
}
// biome-ignore-end lint/suspicious/noExplicitAny: as above.

/** Writes an app file for each of `cases` and deploys them with the real package to the stand-in, in one process. */
export async function register(
  version: string,
  folder: string,
  cases: Readonly<Record<string, ModalOptions>>,
): Promise<Record<string, Registration>> {
  const paths = new Map<string, string>();
  for (const [name, options] of Object.entries(cases)) {
    const settings = modalSettings(options);
    const own = join(folder, version, name);
    mkdirSync(join(own, SUPPORT_FOLDER, "node"), { recursive: true });
    writeFileSync(join(own, SUPPORT_FOLDER, `${settings.engine}.lock`), "");
    writeFileSync(join(own, SUPPORT_FOLDER, "node", "package.json"), "{}");
    const path = join(own, settings.file);
    writeFileSync(path, renderApp(settings, "9.9.9"));
    paths.set(path, name);
  }
  const { python } = await modalCommandLine({ version });
  const program = fileURLToPath(new URL("./controlPlane.py", import.meta.url));
  const result = await runCommand([...python, program, ...paths.keys()]);
  if (result.status !== 0) throw new Error(result.stderr);

  const registrations: Record<string, Registration> = {};
  let current: Registration | undefined;
  for (const line of result.stdout.trim().split("\n")) {
    const value = JSON.parse(line) as RecordedCall & { file?: string };
    if (value.file !== undefined) {
      current = new Registration();
      registrations[paths.get(value.file)!] = current;
    } else if (value.call !== undefined) {
      current!.calls.push(value);
    }
  }
  return registrations;
}
