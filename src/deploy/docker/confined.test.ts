import { execFileSync, spawn } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { DEFAULT_MODEL, modelCachePath } from "../../models/index.js";
import { defaultModelPath } from "../../models/testing/defaultModel.js";
import { runCommand } from "../../system/index.js";
import { preparePackage } from "../package.js";
import { freePort } from "../testing/freePort.js";
import { dockerfile, PACKAGE_FOLDER } from "./files.js";
import { IMAGES } from "./options.js";

/*
 * What the image starts, without a builder: Formwork installed as the Dockerfile installs it, in a mount namespace whose root
 * cannot be written, as the image's user, with the image's environment and command. The root is this machine's own: the
 * base image's files are not tested.
 */

const text = dockerfile({
  ...{
    variant: "cpu",
    model: DEFAULT_MODEL,
    hubModel: "a/b",
    port: 8080,
    nodeImage: IMAGES.node,
    llamaVersion: "",
  },
});
const matched = (pattern: RegExp) => pattern.exec(text)![1]!;
const environment = Object.fromEntries(
  matched(/^ENV (.*)$/m)
    .split(" ")
    .map((pair) => pair.split("=")),
);
const home = matched(/^WORKDIR (.*)$/m);
const cache = environment["FORMWORK_CACHE"];

/** Namespaces need root here, or an administrator who allows them to everybody; Linux alone has them. */
const canConfine = (() => {
  try {
    execFileSync("unshare", ["--mount", "--pid", "--fork", "true"], { stdio: "ignore" });
    return process.getuid?.() === 0;
  } catch {
    return false;
  }
})();

const folder = mkdtempSync(join(tmpdir(), "formwork-confined-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** As the Dockerfile does: the package, its lock, `npm ci`, and the command `formwork`. */
async function install(): Promise<void> {
  await preparePackage(join(folder, PACKAGE_FOLDER));
  const installed = join(folder, "opt", home.slice("/opt/".length));
  cpSync(join(folder, PACKAGE_FOLDER), installed, { recursive: true });
  await runCommand(matched(/(npm ci .*)$/m).split(" "), { directory: installed });
  mkdirSync(join(folder, "bin"));
  writeFileSync(
    join(folder, "bin", "formwork"),
    `#!/bin/sh\nexec node ${home}/node_modules/formwork/dist/cli/main.js "$@"\n`,
  );
  chmodSync(join(folder, "bin", "formwork"), 0o755);
}

/** Mounts the root read-only, with the folders that the image and its volumes bring, and runs the image's command there. */
function script(port: number): string {
  const root = join(folder, "root");
  mkdirSync(root);
  const variables = Object.entries({ ...environment, FORMWORK_PORT: String(port), FORMWORK_API_KEY: "key" });
  return `
set -e
mount --make-rprivate /
mount --rbind / ${root}
mount -o remount,bind,ro ${root}
mount --bind ${join(folder, "opt")} ${root}/opt
mount -t tmpfs tmpfs ${root}/tmp
mount --bind ${join(folder, "cache")} ${root}/mnt
mount --bind ${join(folder, "bin")} ${root}/usr/local/bin
exec chroot --userspec=1000:1000 ${root} /usr/bin/env -i PATH=/usr/local/bin:${dirname(process.execPath)}:/usr/bin:/bin \\
  FORMWORK_THREADS=1 ${variables.map(([name, value]) => `${name}=${name === "FORMWORK_CACHE" ? "/mnt" : value}`).join(" ")} \\
  ${matched(/^ENTRYPOINT \["(.*)"\]$/m)} ${matched(/^CMD \["(.*)"\]$/m)}
`;
}

test.skipIf(!canConfine)(
  "what the image runs serves as user 1000 on a root that cannot be written, and ends on SIGTERM",
  { timeout: 240_000 },
  async () => {
    expect(cache).toBe("/cache");
    await install();
    const model = await defaultModelPath();
    const cached = modelCachePath(DEFAULT_MODEL, { FORMWORK_CACHE: join(folder, "cache") });
    mkdirSync(dirname(cached), { recursive: true });
    cpSync(model, cached);
    execFileSync("chown", ["-R", "1000:1000", join(folder, "cache")]);
    const port = await freePort();
    const server = spawn(
      "unshare",
      ["--mount", "--pid", "--fork", "--kill-child", "sh", "-c", script(port)],
      {
        stdio: ["ignore", "pipe", "pipe"],
      },
    );
    let said = "";
    server.stdout.on("data", (chunk) => (said += chunk));
    server.stderr.on("data", (chunk) => (said += chunk));
    const ended = new Promise((resolve) => server.once("exit", resolve));
    try {
      const address = `http://127.0.0.1:${port}`;
      const ready = async () =>
        (await fetch(`${address}/ready`, { headers }).catch(() => undefined))?.status === 200;
      const headers = { authorization: "Bearer key", "content-type": "application/json" };
      while (!(await ready())) {
        if (server.exitCode !== null) throw new Error(said);
        await new Promise((resolve) => setTimeout(resolve, 250));
      }
      expect((await fetch(`${address}/health`)).status).toBe(200);
      const body = JSON.stringify({ prompt: "Is the sky blue?", schema: { enum: ["yes", "no"] } });
      expect((await fetch(`${address}/generate`, { method: "POST", body })).status).toBe(401);
      const answer = await fetch(`${address}/generate`, { method: "POST", headers, body });
      expect(await answer.json()).toMatchObject({ output: expect.stringMatching(/^(yes|no)$/) });
    } finally {
      // The namespace's first process is the server itself.
      execFileSync("pkill", ["-TERM", "-P", String(server.pid)]);
      await ended;
    }
    expect(said).toContain('"msg":"closed"');
  },
);
