/**
 * The two programs that call a generated function. Each reads a job `{source, name, calls, mark}` from standard input, runs the source in
 * a sandbox, calls the function once per list of arguments, and writes one line per result: the mark, a space, and JSON: first
 * `{"loaded": true}`, then `{"value": ...}` or `{"error": "..."}`. The mark is random, so that the source cannot forge results.
 */

/** Node's flags: no files, no child processes, no workers, no native modules, no code from strings. */
export function nodeCommand(): string[] {
  const permission = process.allowedNodeEnvironmentFlags.has("--permission")
    ? "--permission"
    : "--experimental-permission";
  return [
    process.execPath,
    permission,
    "--no-warnings",
    "--max-old-space-size=96",
    "--disable-proto=delete",
    "--input-type=commonjs",
    "-e",
    NODE_RUNNER,
  ];
}

/** Isolated, without site packages. */
export function pythonCommand(): string[] {
  return ["python3", "-I", "-S", "-c", PYTHON_RUNNER];
}

// The source runs in a separate context that only has the language: no process, no require, no import. The permission flags also apply
// if it escapes from the context.
const NODE_RUNNER = `
"use strict";
const vm = require("node:vm");
const job = JSON.parse(require("node:fs").readFileSync(0, "utf8"));
const write = (value) => process.stdout.write(job.mark + " " + value + "\\n");
const context = vm.createContext(Object.create(null), { codeGeneration: { strings: false, wasm: false } });
const run = (code) => vm.runInContext(code, context, { timeout: 1000, importModuleDynamically: undefined });
const message = (thrown) => {
  try { return String(thrown && thrown.message || thrown).slice(0, 200); } catch { return "unprintable"; }
};
run(\`delete globalThis.WebAssembly; delete globalThis.SharedArrayBuffer; delete globalThis.Atomics;
  globalThis.call = ((stringify, parse, apply, finite) => (f, args) => stringify(
    { value: apply(f, undefined, parse(args)) },
    (key, value) => { if (typeof value === "number" && !finite(value)) throw new Error("the result is " + value); return value; },
  ))(JSON.stringify, JSON.parse, Reflect.apply, Number.isFinite);\`);
const call = context.call;
delete context.call;
try {
  run(job.source);
  if (run("typeof " + job.name) !== "function") throw new Error("there is no function " + job.name);
  write('{"loaded":true}');
} catch (thrown) {
  write(JSON.stringify({ loaded: false, error: message(thrown) }));
  process.exit(0);
}
context.call = call;
for (const args of job.calls) {
  context.args = JSON.stringify(args);
  try {
    write(run("call(" + job.name + ", args)"));
  } catch (thrown) {
    write(JSON.stringify({ error: message(thrown) }));
  }
}
process.exit(0);
`;

// Modules are imported before the audit hook is installed. From then on, all events except the listed ones are rejected, permanently,
// because audit hooks cannot be removed.
const PYTHON_RUNNER = `
import sys, json, io, signal
def main():
    job = json.loads(sys.stdin.read())
    allowed = ["math", "re", "string", "itertools", "functools", "collections", "typing", "operator", "json",
               "random", "statistics", "decimal", "fractions", "bisect", "heapq", "copy", "dataclasses", "enum",
               "datetime", "unicodedata", "textwrap"]
    for name in allowed:
        if name in job["source"]:
            __import__(name)
    try:
        import resource
        resource.setrlimit(resource.RLIMIT_AS, (512 << 20, 512 << 20))
        resource.setrlimit(resource.RLIMIT_NOFILE, (4, 4))
    except (ImportError, ValueError, OSError):
        pass
    out, mark = sys.stdout, job["mark"]
    sys.stdout = sys.stderr = io.StringIO()
    def write(value):
        out.write(mark + " " + json.dumps(value, allow_nan=False) + "\\n")
        out.flush()
    def message(thrown):
        try:
            return (type(thrown).__name__ + ": " + str(thrown))[:200]
        except BaseException:
            return "unprintable"
    class Late(BaseException):
        pass
    def late(*_):
        raise Late("took longer than a second")
    signal.signal(signal.SIGALRM, late)
    timer, real = signal.setitimer, signal.ITIMER_REAL
    passing = {"exec", "compile", "builtins.id", "object.__getattr__", "code.__new__"}
    armed = []
    def hook(event, details):
        if not armed or event in passing:
            return
        if event == "import" and details[0].partition(".")[0] in allowed:
            return
        raise PermissionError("not allowed here: " + event)
    sys.addaudithook(hook)
    scope = {"__name__": "produced"}
    timer(real, 1)
    try:
        code = compile(job["source"], "produced.py", "exec")
        armed.append(True)
        exec(code, scope)
        function = scope.get(job["name"])
        if not callable(function):
            raise NameError("there is no function " + job["name"])
        timer(real, 0)
        write({"loaded": True})
    except BaseException as thrown:
        timer(real, 0)
        write({"loaded": False, "error": message(thrown)})
        return
    for arguments in job["calls"]:
        timer(real, 1)
        try:
            value = function(*arguments)
            timer(real, 0)
            write({"value": value})
        except BaseException as thrown:
            timer(real, 0)
            write({"error": message(thrown)})
main()
`;
