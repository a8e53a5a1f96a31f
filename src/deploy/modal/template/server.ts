import { type ModalSettings, SCALEDOWN_SECONDS } from "../settings.js";
import { SERVER_NAME } from "./names.js";
import { python } from "./python.js";

/** Seconds of Modal's grace period beyond that of requests, and its maximum. */
const ENGINE_END = 15;
const MAX_GRACE = 3600;

export function server(settings: ModalSettings): string {
  return `\
# Only modal >= 1.6 can turn callers away (429) where a container is full; before that they wait in Formwork's queue.
limits = {"max_concurrency": ${settings.maxConcurrency}} if hasattr(modal.Server, "info") else {}


@app.server(
    image=image,
    gpu=GPU,
    volumes=volumes,
    secrets=secrets,
    port=CONTAINER["port"],
    unauthenticated=${python(settings.unauthenticated)},
    routing_region=${python(settings.region)},${resources(settings)}
    min_containers=${keptContainers(settings)},
    max_containers=${settings.maxContainers},
    buffer_containers=${settings.bufferContainers},
    target_concurrency=${settings.targetConcurrency},  # below the engine's ${settings.concurrency}: the next container starts before this one is full
    scaledown_window=${settings.scaledownWindow},${modeComment(settings)}
    startup_timeout=${settings.startupTimeout},
    exit_grace_period=${Math.min(MAX_GRACE, settings.exitGracePeriod + ENGINE_END)},  # the engine ends after the requests${experimental(settings)}
    **limits,
)
class ${SERVER_NAME}:
${settings.snapshot ? SNAPSHOT_HOOKS : HOOKS}
    @modal.exit()
    def drain(self):
        """Lets requests in flight finish, then ends the engine and the container's program."""
        self.reporter.stop()
        self.reporter.report({"state": "draining"})
        control("drain", CONTAINER["drainSeconds"] + 30)
        self.program.terminate()
`;
}

/** Whether a schedule controls the kept containers; not if it covers the whole week. */
function keptContainers({ keepWarm, minContainers }: ModalSettings): number {
  if (keepWarm === undefined) return minContainers;
  return keepWarm.isAlways ? Math.max(1, minContainers) : 0;
}

function resources({ computeRegions, cpu, memory, ephemeralDisk }: ModalSettings): string {
  return [
    computeRegions.length === 0 ? "" : `\n    compute_region=${python(computeRegions)},`,
    cpu === undefined ? "" : `\n    cpu=${cpu},`,
    memory === undefined ? "" : `\n    memory=${memory},  # MiB`,
    ephemeralDisk === undefined ? "" : `\n    ephemeral_disk=${ephemeralDisk},  # MiB`,
  ].join("");
}

function modeComment({ mode, scaledownWindow }: ModalSettings): string {
  return scaledownWindow === SCALEDOWN_SECONDS[mode] ? `  # mode ${mode}` : "";
}

function experimental({ snapshot }: ModalSettings): string {
  if (!snapshot) return "";
  return `\n    enable_memory_snapshot=True,\n    experimental_options={"enable_gpu_snapshot": True},`;
}

const HOOKS = `\
    @modal.enter()
    def start(self):
        """Returns when a real inference has finished and the port is open: only then does Modal send requests."""
        self.reporter = Reporter()
        wait_for_weights()
        self.program = start_program()
        self.reporter.take("boot")
        self.reporter.opened(self.reporter.take("open"), "start")
        compiled.commit()
`;

const SNAPSHOT_HOOKS = `\
    @modal.enter(snap=True)
    def boot(self):
        """Goes into the snapshot: the engine, loaded, proven and asleep."""
        self.reporter = Reporter()
        wait_for_weights()
        self.program = start_program()
        self.reporter.take("boot")
        self.reporter.stop()  # no thread may be in the middle of a call when the snapshot is made

    @modal.enter(snap=False)
    def open(self):
        """After the snapshot is restored, or made: wakes the engine, proves it again, opens the port."""
        booted = self.reporter
        self.reporter = Reporter()
        is_same_container = booted.container == self.reporter.container
        if is_same_container:
            self.reporter.began = booted.began
        self.reporter.opened(self.reporter.take("open"), "start" if is_same_container else "restore")
        compiled.commit()
`;
