"""Lives through a container's life with a generated app file and Modal's own package, but without Modal.

    runContainer.py FILE CHANGES

The app's class is run as Modal would run it: its enter hooks, then its exit hooks. What only exists on Modal (the
dictionary, the volumes) is replaced; CHANGES (JSON) replaces `PROGRAM`, `MARKER` and members of `CONTAINER`. Takes a word a
line on standard input and answers each with a line of JSON on file descriptor 3.
"""

import importlib.util
import json
import os
import sys
from pathlib import Path

path, changes = sys.argv[1], json.loads(sys.argv[2])
spec = importlib.util.spec_from_file_location("modal_app", path)
app = importlib.util.module_from_spec(spec)
sys.modules["modal_app"] = app
spec.loader.exec_module(app)


class State(dict):
    def put(self, key, value):
        self[key] = value


class Volume:
    commits = 0

    def reload(self):
        pass

    def commit(self):
        self.commits += 1


os.environ["MODAL_TASK_ID"] = "ta-here"
app.state, app.compiled, app.models = State(), Volume(), Volume()
app.PROGRAM = changes["program"]
app.CONTAINER.update(changes["container"])
if "marker" in changes:
    app.MARKER = Path(changes["marker"])
container = app.Inference._get_user_cls()()


def hooks(*names):
    """Runs those of the class's hooks that it has, in this order."""
    for name in names:
        hook = type(container).__dict__.get(name)
        if hook is not None:
            hook._get_raw_f()(container)


def health(path="/health", method="GET"):
    told = {}

    def start_response(status, headers):
        told.update(status=int(status[:3]), headers=dict(headers))

    environ = {"PATH_INFO": path, "REQUEST_METHOD": method}
    body = b"".join(app.health_application(environ, start_response))
    return {**told, "body": json.loads(body)}


def obey(word):
    if word == "enter":
        hooks("start", "boot", "open")
        return {"commits": app.compiled.commits}
    if word == "exit":
        hooks("drain")
        return {"state": dict(app.state), "program": container.program.wait(30)}
    if word.startswith("put "):
        _, key, value = word.split(" ", 2)
        return app.state.put(key, json.loads(value))
    return health(*word.split())


answers = os.fdopen(3, "w", buffering=1)
try:
    for line in sys.stdin:
        try:
            print(json.dumps({"answer": obey(line.strip())}), file=answers)
        except Exception as error:
            print(json.dumps({"error": str(error)}), file=answers)
finally:
    # A test that failed leaves the container running.
    program = getattr(container, "program", None)
    if program is not None and program.poll() is None:
        program.terminate()
        program.wait(30)
