import { predictedSeconds } from "../coldStart.js";
import { ENGINE_PORT, ENGINES, FORMWORK_PATH } from "../engines/index.js";
import type { ModalSettings } from "../settings.js";
import { CONTROL_PORT, PUBLIC_PORT } from "./names.js";
import { python } from "./python.js";

/** Path of the container's program in the image. */
const ENTRYPOINT = `${FORMWORK_PATH}/node_modules/formwork/dist/deploy/modal/entrypoint/main.js`;

/** The engine's command line, and how the class's hooks control the program that runs it. */
export function container(settings: ModalSettings): string {
  return [commands(settings), STEPS, REPORTER].join("\n\n");
}

function commands(settings: ModalSettings): string {
  const { start, commandLine } = ENGINES[settings.engine];
  const words = [...commandLine(settings), ...settings.engineArguments.map((argument) => [argument])];
  const options = words.map((option) => `    ${option.map(python).join(", ")},`).join("\n");
  return `\
${start === undefined ? ownEngine(options) : engineBeside(start, options)}

# The container's own program starts the engine, proves it with a real inference, and only then has it serve.
PROGRAM = ["node", ${python(ENTRYPOINT)}]
CONTAINER = {
    "engine": ${python(settings.engine)},
    "engineUrl": "http://127.0.0.1:${start === undefined ? PUBLIC_PORT : ENGINE_PORT}",
    "command": ENGINE,
    "serveArguments": SERVE,
    "model": MODEL,
    "port": ${PUBLIC_PORT},
    "controlPort": ${CONTROL_PORT},
    "sleep": ${python(settings.snapshot)},
    "bootSeconds": ${Math.max(30, settings.startupTimeout - 60)},
    "drainSeconds": ${settings.exitGracePeriod},
    "requestSeconds": ${settings.requestTimeout},
    "probeSeconds": ${settings.probeSeconds},
}

# Until a start has been measured.
EXPECTED_START_SECONDS = ${Math.round(predictedSeconds(settings, undefined))}`;
}

function engineBeside(start: readonly string[], options: string): string {
  return `\
# The engine listens inside the container only: Formwork is its one client.
ENGINE = [
    ${start.map(python).join(", ")}, REPOSITORY,
    *(["--revision", REVISION] if REVISION else []),
    "--served-model-name", MODEL,
${options}
]
SERVE = []


def model_variables():
    """The engine finds the weights by itself, in the volume."""
    return {}`;
}

function ownEngine(options: string): string {
  return `\
# Formwork's own engine: there is none beside it.
ENGINE = []
SERVE = [
    "--served-model-name", MODEL,
${options}
]


def model_variables():
    """The model's file in the volume; without a download Formwork fetches it by its name."""
    try:
        return {"FORMWORK_MODEL": str(Path(json.loads(MARKER.read_text())["path"]) / MODEL_FILE)}
    except (OSError, ValueError, KeyError):
        return {"FORMWORK_MODEL": f"hf:{REPOSITORY}{f'@{REVISION}' if REVISION else ''}/{MODEL_FILE}"}`;
}

const STEPS = `\

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
    """Starts the container's program and waits until it takes steps."""
    program = subprocess.Popen(PROGRAM, env={**os.environ, **model_variables(), "FORMWORK_CONTAINER": json.dumps(CONTAINER)})
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
    """For /health and \`formwork status\`: serving continues where Modal's dictionary is out of reach."""
    try:
        state.put(key, value)
    except Exception as error:
        print(f"Not remembered: {key}: {error}", flush=True)`;

const REPORTER = `\

class Reporter(threading.Thread):
    """Reports how this container is, from the first second of its start, every 15 s.

    A container that has not reported for a minute counts as gone. When the program has given up after the port was
    open, the container ends, and Modal starts another.
    """

    def __init__(self):
        super().__init__(daemon=True)
        self.began = time.time()
        self.container = os.environ["MODAL_TASK_ID"]
        self.is_open = False
        self.halt = threading.Event()
        self.report({"state": "loading", "stage": "engine"})
        self.start()

    def report(self, report):
        remember(self.container, {**report, "began": self.began, "seen": time.time()})

    def look(self):
        """How the container is, by its program; a program that is not up yet, or no longer, has no say."""
        try:
            report = control("state", 10)
        except (OSError, RuntimeError):
            if self.is_open:
                return {"state": "failed", "error": "The container's program has ended."}
            return {"state": "loading", "stage": "engine"}
        if report["state"] in ("new", "booted"):
            report["state"] = "loading"
        return report

    def run(self):
        while not self.halt.wait(15):
            report = self.look()
            self.report(report)
            if report["state"] in ("draining", "drained"):
                return
            if report["state"] == "failed" and self.is_open:
                print(f"Ending this container: {report.get('error')}", flush=True)
                os._exit(1)

    def stop(self):
        self.halt.set()
        self.join()

    def take(self, step):
        """Takes a step that may last as long as a start, and reports where it fails."""
        try:
            return control(step, CONTAINER["bootSeconds"])
        except (OSError, RuntimeError) as error:
            self.stop()
            self.report({"state": "failed", "error": str(error)})
            raise

    def opened(self, report, kind):
        """Reports that the port is open, the time of the whole start, and what is deployed."""
        self.is_open = True
        self.report(report)
        seconds = round(time.time() - self.began, 1)
        stages = {name: round(spent / 1000, 1) for name, spent in report["stages"].items()}
        remember("last cold start", {"seconds": seconds, "ended": time.time(), "kind": kind, "stages": stages})
        remember("deployed", DEPLOYED)


def wait_for_weights():
    """While the weights are being fetched there is nothing to start from. Without a download the engine fetches them."""
    for _ in range(CONTAINER["bootSeconds"] // 5):
        models.reload()
        progress = state.get("download") or {}
        if weights_are_whole() or time.time() - progress.get("seen", 0) > 60:
            return
        time.sleep(5)`;
