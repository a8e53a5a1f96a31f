import { type ErrorCode, FormworkError } from "../../errors.js";
import {
  type CommandOptions,
  type CommandResult,
  type EnvironmentOptions,
  pythonEnvironment,
  runCommand,
} from "../../system/index.js";

/** Default version of Modal's package. */
export const MODAL_VERSION = "1.6.4";

/** Runs Modal's command line and Python in an environment managed by Formwork. */
export interface ModalCommandLine {
  /** The command for `modal`. */
  readonly command: readonly string[];
  /** The Python that can `import modal`. */
  readonly python: readonly string[];
  /** The environment on Modal (`main`, `dev`), if not the workspace's default. */
  readonly environment: string | undefined;
  /** Further environment variables for it. */
  readonly variables?: Readonly<Record<string, string>>;
}

export interface CommandLineOptions extends EnvironmentOptions {
  /** The version of the package. */
  version?: string;
  /** The environment on Modal. */
  environment?: string | undefined;
}

/** Installs Modal's package if needed. Throws `FormworkError("wrong_usage")` with the next step when that fails. */
export async function modalCommandLine(options: CommandLineOptions = {}): Promise<ModalCommandLine> {
  const version = options.version ?? MODAL_VERSION;
  const { python } = await pythonEnvironment(`modal==${version}`, options);
  return { command: [python, "-m", "modal"], python: [python], environment: options.environment };
}

/** Runs `modal ...`. If it fails, throws a `FormworkError` with the next step. */
export async function runModal(
  modal: ModalCommandLine,
  words: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  const result = await runCommand([...modal.command, ...words], {
    ...options,
    environment: modalEnvironment(modal),
  });
  if (result.status !== 0) throw modalFailure(words, result);
  return result;
}

/** Runs `modal ... --json`. */
export async function runModalJson(
  modal: ModalCommandLine,
  words: readonly string[],
  options: CommandOptions = {},
): Promise<unknown> {
  const { stdout } = await runModal(modal, [...words, "--json"], options);
  try {
    return JSON.parse(stdout);
  } catch (cause) {
    throw new FormworkError(
      "upstream_error",
      `\`modal ${words.join(" ")} --json\` printed no JSON:\n${stdout}`,
      {
        cause,
      },
    );
  }
}

/** Runs one of Formwork's Python programs (a file) with Modal's package; its last line is JSON. */
export async function runHelper(
  modal: ModalCommandLine,
  file: string,
  words: readonly string[],
  options: CommandOptions = {},
): Promise<unknown> {
  const result = await runCommand([...modal.python, file, ...words], {
    ...options,
    environment: modalEnvironment(modal),
  });
  if (result.status !== 0) throw modalFailure([], result);
  const lines = result.stdout.trim().split("\n");
  return JSON.parse(lines.at(-1)!);
}

function modalEnvironment(modal: ModalCommandLine): NodeJS.ProcessEnv {
  return {
    ...process.env,
    ...modal.variables,
    ...(modal.environment === undefined ? {} : { MODAL_ENVIRONMENT: modal.environment }),
    PYTHONUNBUFFERED: "1",
    // Modal fits its output to the terminal, but this output is parsed.
    COLUMNS: "400",
    // No __pycache__ next to the user's app file.
    PYTHONDONTWRITEBYTECODE: "1",
  };
}

/** Explanations of Modal's errors, with the next step. The first match wins. */
const FAILURES: readonly {
  when: RegExp;
  code: ErrorCode;
  next: string;
}[] = [
  {
    when: /token missing|could not authenticate|no tokens? (?:found|set)/i,
    code: "unauthorized",
    next:
      "No Modal token is set on this machine. Create one with `uvx modal token new` (opens the browser), or set " +
      "MODAL_TOKEN_ID and MODAL_TOKEN_SECRET, then run the command again.",
  },
  {
    when: /token.*(?:fail|invalid|expired|revoked|malformed|not found)|unauthenticated|AuthError|PermissionDenied/i,
    code: "unauthorized",
    next:
      "Modal does not accept the token of this machine. Make a new one with `uvx modal token new`, or check " +
      "MODAL_TOKEN_ID, MODAL_TOKEN_SECRET and the active profile (`uvx modal profile current`).",
  },
  {
    when: /\bgpu\b.*(?:invalid|unknown|not (?:supported|available|recognized)|unsupported)|(?:invalid|unknown|unsupported)\b.*\bgpu\b/i,
    code: "invalid_request",
    next: "Modal does not have that GPU. Choose another: `--gpu L40S`; `formwork deploy modal --help` lists them.",
  },
  {
    when: /secret\b.*(?:not found|no secret|does not exist|missing)|(?:missing|required) key/i,
    code: "not_found",
    next: "Create the secret first: `formwork secrets set NAME KEY=VALUE` (`formwork secrets list` shows what is there).",
  },
  {
    when: /no app with name|could not find.*app|app .*not found|No such app|lookup failed/i,
    code: "not_found",
    next: "No such app is deployed. `formwork deploy modal` deploys it; `--app` and `--environment` choose another.",
  },
  {
    when: /could not connect to the modal server|ConnectionError|connection (?:refused|lost|reset)|deadline exceeded/i,
    code: "engine_unavailable",
    next: "Modal cannot be reached from this machine. Check the network and any proxy, then run the command again.",
  },
  {
    when: /environment\b.*not found|no environment/i,
    code: "not_found",
    next: "Modal has no such environment; `uvx modal environment list` lists them.",
  },
];

/** The error for a failed run of Modal's command line. */
function modalFailure(words: readonly string[], result: CommandResult): FormworkError {
  const lines = unframed(`${result.stdout}\n${result.stderr}`);
  const said = lines.slice(-15).join("\n");
  // The error may precede a long traceback or warnings at exit, so the whole output is searched. The log of a failed image build may
  // contain any text, so only its end is searched.
  const built = lines.some((line) => /image build|build (?:for im-\S+ )?failed|building image/i.test(line));
  const searched = built ? said.replaceAll("\n", " ") : lines.join(" ");
  for (const { when, code, next } of FAILURES) {
    if (when.test(searched)) return new FormworkError(code, `${next}\nModal said:\n${said}`);
  }
  if (built) {
    return new FormworkError(
      "upstream_error",
      "The image could not be built. The lines above this one are the build's log; its end:\n" +
        `${said}\nThe failed step is in the app file under \`image\`. Layers before it are kept: the next ` +
        "run continues from there.",
    );
  }
  const name = words.length === 0 ? "Modal" : `\`modal ${words.join(" ")}\``;
  return new FormworkError("upstream_error", `${name} failed with status ${result.status}:\n${said}`);
}

/** The informative lines, without the frames that Modal draws around errors. */
function unframed(text: string): string[] {
  return text
    .split("\n")
    .map((line) => line.replace(/^[│|]\s?|\s*[│|]$/g, "").trimEnd())
    .filter((line) => line !== "" && !/^[╭╰┏┗─━╮╯]+/.test(line));
}
