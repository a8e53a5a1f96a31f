import type { ModalSettings } from "../settings.js";
import { HEALTH_NAME } from "./names.js";
import { python } from "./python.js";

export function health(settings: ModalSettings): string {
  return `\
def health_report(entries, now):
    """The body of /health, from what the containers reported last."""
    containers = [entry for entry in entries.values() if "state" in entry and now - entry["seen"] < 60]
    states = [container["state"] for container in containers]
    known = [name for name in ("ready", "loading", "failed") if name in states]
    starting = min((one for one in containers if one["state"] == "loading"), key=lambda one: one["began"], default=None)
    failed = next((one for one in containers if one["state"] == "failed"), None)
    last = entries.get("last cold start")
    return {
        "status": "healthy",
        "engine": known[0] if known else "idle",
        "model": MODEL,
        "model_loaded": "ready" in states,
        "version": VERSION,
        "containers": {"warm": states.count("ready"), "loading": states.count("loading")},
        "start": starting and {
            "stage": starting.get("stage"),
            "elapsed_seconds": round(now - starting["began"], 1),
            "expected_seconds": last["seconds"] if last else EXPECTED_START_SECONDS,
        },
        "error": failed and failed.get("error"),
        "last_cold_start": last,
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
