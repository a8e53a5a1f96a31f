import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FormworkError } from "../../errors.js";
import { type ModalCommandLine, runModal, runModalJson } from "./commandLine.js";

export interface SecretRow {
  name: string;
  createdAt: string | undefined;
}

/** Names only; Modal does not return values. */
export async function listSecrets(modal: ModalCommandLine): Promise<SecretRow[]> {
  const rows = (await runModalJson(modal, ["secret", "list"])) as {
    name: string;
    created_at: string | null;
  }[];
  return rows.map((row) => ({ name: row.name, createdAt: row.created_at ?? undefined }));
}

/** Creates or replaces a secret. Values are never passed on a command line, where others could read them. */
export async function setSecret(
  modal: ModalCommandLine,
  name: string,
  values: Readonly<Record<string, string>>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "formwork-secret-"));
  try {
    const file = join(folder, "values.json");
    await writeFile(file, JSON.stringify(values), { mode: 0o600 });
    await runModal(modal, ["secret", "create", name, "--from-json", file, "--force"]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * Parses `KEY=VALUE`; `KEY` alone takes the value of that environment variable. Throws `FormworkError("wrong_usage")` for anything else.
 */
export function readSecretWords(
  words: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const values: Record<string, string> = {};
  for (const word of words) {
    const at = word.indexOf("=");
    const key = at < 0 ? word : word.slice(0, at);
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(key)) {
      throw new FormworkError(
        "wrong_usage",
        `"${key}" is not a variable's name. Write KEY=VALUE, or KEY alone.`,
      );
    }
    const value = at < 0 ? environment[key] : word.slice(at + 1);
    if (value === undefined) {
      throw new FormworkError(
        "wrong_usage",
        `${key} is not set here. Write ${key}=VALUE, or set the variable.`,
      );
    }
    values[key] = value;
  }
  return values;
}

/** A proxy token, with which clients pass Modal's proxy. The secret is only shown once. */
export interface ProxyToken {
  key: string;
  secret: string;
}

export async function createProxyToken(modal: ModalCommandLine): Promise<ProxyToken> {
  const token = (await runModalJson(modal, ["workspace", "proxy-tokens", "create"])) as Record<
    string,
    string
  >;
  return { key: token["Modal-Key"] ?? "", secret: token["Modal-Secret"] ?? "" };
}
