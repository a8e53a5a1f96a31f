"""Reads an app file for Modal without running it, and says what it declares. Prints one line of JSON.

    inspect_app.py FILE

What cannot be known without running the file is given as {"expression": SOURCE}.
"""

import ast
import json
import shlex
import sys

ENDPOINTS = ("fastapi_endpoint", "web_endpoint", "asgi_app", "wsgi_app", "web_server")
MODEL_CALLS = ("from_pretrained", "LLM", "AsyncEngineArgs", "EngineArgs", "snapshot_download", "Engine", "pipeline")
ENGINE_CALLS = ("LLM", "AsyncEngineArgs", "EngineArgs", "Engine")
SERVERS = (("vllm", "serve"), ("vllm.entrypoints.openai.api_server",), ("sglang.launch_server",))


class Reader:
    def __init__(self, tree):
        self.constants = {}
        # Variables of the environment whose default was taken for their value.
        self.defaults = {}
        self.bind(tree.body)

    def bind(self, statements):
        """Constants of the module. Where a condition is known its branch counts, where it is not its names are unknown."""
        for node in statements:
            if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
                self.constants[node.targets[0].id] = node.value
            elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value is not None:
                self.constants[node.target.id] = node.value
            elif isinstance(node, ast.If):
                condition = self.truth(node.test)
                if condition is not None:
                    self.bind(node.body if condition else node.orelse)
                else:
                    for name in assigned([*node.body, *node.orelse]):
                        self.constants[name] = node.test

    def truth(self, node):
        """Whether a condition holds; None where only running the file could say."""
        if isinstance(node, ast.BoolOp):
            parts = [self.truth(part) for part in node.values]
            if None in parts:
                return None
            return all(parts) if isinstance(node.op, ast.And) else any(parts)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            inner = self.truth(node.operand)
            return None if inner is None else not inner
        if isinstance(node, ast.Compare) and len(node.ops) == 1:
            left, right = self.value(node.left), self.value(node.comparators[0])
            tests = {
                ast.Eq: lambda: left == right,
                ast.NotEq: lambda: left != right,
                ast.In: lambda: left in right,
                ast.NotIn: lambda: left not in right,
            }
            test = tests.get(type(node.ops[0]))
            return None if test is None or unknown(left) or unknown(right) else test()
        value = self.value(node)
        return None if unknown(value) else bool(value)

    def value(self, node, depth=0):
        """A constant expression as JSON; names of the module are followed."""
        if depth > 20:
            return {"expression": ast.unparse(node)}
        follow = lambda child: self.value(child, depth + 1)
        if isinstance(node, ast.Constant):
            return node.value if isinstance(node.value, (str, int, float, bool, type(None))) else repr(node.value)
        if isinstance(node, ast.Name) and node.id in self.constants:
            return follow(self.constants[node.id])
        if isinstance(node, (ast.List, ast.Tuple)):
            return [follow(item) for item in node.elts]
        if isinstance(node, ast.Dict) and all(isinstance(key, ast.expr) for key in node.keys):
            keys = [follow(key) for key in node.keys]
            if all(isinstance(key, str) for key in keys):
                return dict(zip(keys, (follow(item) for item in node.values)))
        if isinstance(node, ast.JoinedStr):
            parts = [follow(part.value if isinstance(part, ast.FormattedValue) else part) for part in node.values]
            if all(isinstance(part, (str, int, float)) for part in parts):
                return "".join(str(part) for part in parts)
        if isinstance(node, ast.IfExp):
            condition = self.truth(node.test)
            if condition is not None:
                return follow(node.body if condition else node.orelse)
        if isinstance(node, ast.Subscript):
            whole, key = follow(node.value), follow(node.slice)
            if isinstance(whole, dict) and isinstance(key, str) and key in whole:
                return whole[key]
        if isinstance(node, ast.Call):
            found = self.from_environment(node)
            if found is not None:
                return found
        if isinstance(node, ast.BinOp):
            left, right = follow(node.left), follow(node.right)
            if isinstance(node.op, ast.Add) and isinstance(left, (str, list)) and type(left) is type(right):
                return left + right
            if all(isinstance(side, (int, float)) for side in (left, right)):
                operations = {
                    ast.Mult: lambda: left * right,
                    ast.Add: lambda: left + right,
                    ast.Sub: lambda: left - right,
                }
                if type(node.op) in operations:
                    return operations[type(node.op)]()
        named = self.named_object(node)
        return named if named is not None else {"expression": ast.unparse(node)}

    def from_environment(self, node):
        """`os.environ.get("X", DEFAULT)`: the default, and a note that it was taken; also within `int(...)` and the like."""
        name = dotted(node.func)
        if name in ("os.environ.get", "os.getenv", "environ.get", "getenv") and len(node.args) == 2:
            variable, default = self.value(node.args[0]), self.value(node.args[1])
            if isinstance(variable, str) and not unknown(default):
                self.defaults[variable] = default
                return default
        if name in ("int", "float", "str") and len(node.args) == 1:
            inner = self.value(node.args[0])
            try:
                return {"int": int, "float": float, "str": str}[name](inner) if not unknown(inner) else None
            except (TypeError, ValueError):
                return None
        return None

    def named_object(self, node):
        """`modal.Volume.from_name("x")`, `modal.gpu.A100(count=2)` and the like."""
        if not isinstance(node, ast.Call):
            return None
        name = dotted(node.func)
        if name.endswith((".from_name", ".from_dict")):
            first = self.value(node.args[0]) if node.args else None
            return {"from_name": first if isinstance(first, str) else None, "kind": name.split(".")[-2]}
        if ".gpu." in f".{name}":
            keywords = {word.arg: self.value(word.value) for word in node.keywords}
            size = keywords.get("size")
            gpu = name.split(".")[-1] + (f"-{size}" if isinstance(size, str) else "")
            count = keywords.get("count", 1)
            return gpu if count == 1 else f"{gpu}:{count}"
        return None

    def call(self, node):
        """The name and the arguments of a decorator."""
        if isinstance(node, ast.Call):
            arguments = {word.arg: self.value(word.value) for word in node.keywords if word.arg}
            return dotted(node.func), arguments
        return dotted(node), {}


def unknown(value):
    return isinstance(value, dict) and set(value) == {"expression"}


def assigned(statements):
    """The names that statements give a value, in branches as well."""
    nodes = [node for statement in statements for node in ast.walk(statement)]
    targets = [target for node in nodes if isinstance(node, ast.Assign) for target in node.targets]
    return [target.id for target in targets if isinstance(target, ast.Name)]


def reached(reader, tree):
    """The nodes that may run; where a condition is known, those of its branch alone."""
    pending = [tree]
    while pending:
        node = pending.pop(0)
        yield node
        condition = reader.truth(node.test) if isinstance(node, ast.If) else None
        if condition is None:
            pending.extend(ast.iter_child_nodes(node))
        else:
            pending.extend(node.body if condition else node.orelse)


def dotted(node):
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    if isinstance(node, ast.Call):
        return f"{dotted(node.func)}()"
    return node.id if isinstance(node, ast.Name) else ""


def describe(reader, node):
    """A decorated class or function: what it asks for, and the endpoints in it."""
    found = {"name": node.name, "arguments": {}, "concurrent": {}, "endpoints": [], "hooks": []}
    for decorator in node.decorator_list:
        name, arguments = reader.call(decorator)
        kind = name.split(".")[-1]
        if kind in ("cls", "function", "server"):
            found["kind"] = kind
            found["arguments"] = arguments
        elif kind == "concurrent":
            found["concurrent"] = arguments
        elif kind in ENDPOINTS:
            found["endpoints"].append({"name": node.name, "kind": kind, "arguments": arguments})
    if isinstance(node, ast.ClassDef):
        for method in node.body:
            if not isinstance(method, (ast.FunctionDef, ast.AsyncFunctionDef)):
                continue
            for decorator in method.decorator_list:
                name, arguments = reader.call(decorator)
                kind = name.split(".")[-1]
                if kind in ENDPOINTS:
                    found["endpoints"].append({"name": method.name, "kind": kind, "arguments": arguments})
                elif kind in ("enter", "exit"):
                    found["hooks"].append({"name": method.name, "kind": kind, "arguments": arguments})
    return found if "kind" in found else None


def models(reader, tree):
    """Names of models: constants called so, and what is given to calls that load one."""
    names = []
    for name, node in reader.constants.items():
        value = reader.value(node)
        if "model" in name.lower() and isinstance(value, str) and "/" in value and not value.startswith("/"):
            names.append(value)
    for node in reached(reader, tree):
        if isinstance(node, ast.Call) and dotted(node.func).split(".")[-1] in MODEL_CALLS:
            given = [word.value for word in node.keywords if word.arg in ("model", "model_id", "repo_id", "model_path")]
            for value in map(reader.value, [*given, *node.args[:1]]):
                if isinstance(value, str) and "/" in value and not value.startswith("/"):
                    names.append(value)
    for words in command_lines(reader, tree):
        options = options_of(words)
        value = options.get("model") or options.get("model_path")
        if isinstance(value, str) and "/" in value and not value.startswith("/"):
            names.append(value)
    return list(dict.fromkeys(names))


def packages(reader, tree):
    """What the images install."""
    found = []
    for node in reached(reader, tree):
        if isinstance(node, ast.Call) and dotted(node.func).split(".")[-1] in ("pip_install", "uv_pip_install"):
            for value in map(reader.value, node.args):
                found.extend(item for item in (value if isinstance(value, list) else [value]) if isinstance(item, str))
    return list(dict.fromkeys(found))


def engine_options(reader, tree):
    """What the engine is given: keywords of the calls that make one, and options of `vllm serve` and its like."""
    options = {}
    for node in reached(reader, tree):
        if isinstance(node, ast.Call) and dotted(node.func).split(".")[-1] in ENGINE_CALLS:
            options.update({word.arg: reader.value(word.value) for word in node.keywords if word.arg})
    for words in command_lines(reader, tree):
        options.update(options_of(words))
    return options


def sampling(reader, tree):
    """What the engine's sampling parameters are given, where a value is known; schemas and grammars come with a request."""
    given = {}
    for node in reached(reader, tree):
        if isinstance(node, ast.Call) and dotted(node.func).split(".")[-1] == "SamplingParams":
            given.update({word.arg: reader.value(word.value) for word in node.keywords if word.arg})
    return {name: value for name, value in given.items() if not unknown(value)}


def command_lines(reader, tree):
    """Command lines that start an engine: lists of words, texts, and lists that grow afterwards."""
    lists = {}
    found = []
    for node in reached(reader, tree):
        if isinstance(node, (ast.Assign, ast.AugAssign)):
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            words = words_of(reader, node.value)
            if isinstance(target, ast.Name) and words is not None:
                lists.setdefault(target.id, []).extend(words)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name):
            name = node.func.value.id
            if node.func.attr in ("append", "extend") and name in lists and node.args:
                lists[name].extend(words_of(reader, node.args[0]) or [])
        if isinstance(node, (ast.List, ast.Tuple, ast.Constant, ast.JoinedStr)):
            words = words_of(reader, node)
            if words is not None and starts_engine(words):
                found.append(words)
    found.extend(words for words in lists.values() if starts_engine(words))
    return found


def words_of(reader, node):
    """The words of a list or a text; those that are not known are left out. None for anything else."""
    value = reader.value(node)
    if isinstance(value, str):
        try:
            return shlex.split(value)
        except ValueError:
            return None
    if isinstance(value, list):
        return [str(word) for word in value if isinstance(word, (str, int, float))]
    return None


def starts_engine(words):
    return any(all(part in words for part in server) for server in SERVERS)


def options_of(words):
    """`--max-model-len 4096 --enforce-eager` as names and values, and the model behind `serve`."""
    options = {}
    if "serve" in words[:-1] and not words[words.index("serve") + 1].startswith("-"):
        options["model"] = words[words.index("serve") + 1]
    for index, word in enumerate(words):
        if not word.startswith("--"):
            continue
        name, equals, value = word[2:].partition("=")
        rest = words[index + 1 :]
        until = next((at for at, one in enumerate(rest) if one.startswith("--")), len(rest))
        given = value if equals else (rest[:until] if until > 1 else rest[0] if until == 1 else True)
        # The engines' own spelling of a switch that is off.
        if given is True and name.startswith("no-"):
            name, given = name[len("no-") :], False
        options[name.replace("-", "_")] = number(given)
    return options


def number(value):
    if isinstance(value, bool):
        return value
    try:
        return float(value) if "." in value else int(value)
    except (TypeError, ValueError):
        return value


def environment(reader, tree):
    """Variables that the images set."""
    found = {}
    for node in reached(reader, tree):
        if isinstance(node, ast.Call) and dotted(node.func).split(".")[-1] == "env" and node.args:
            value = reader.value(node.args[0])
            if isinstance(value, dict) and not unknown(value):
                found.update(value)
    return found


def templates(reader):
    """Constants that look like the template of a prompt."""
    return [
        name
        for name, node in reader.constants.items()
        if ("prompt" in name.lower() or "template" in name.lower()) and isinstance(reader.value(node), str)
    ]


def inspect(path):
    with open(path, encoding="utf-8") as file:
        tree = ast.parse(file.read(), path)
    reader = Reader(tree)
    app = None
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and dotted(node.func) in ("modal.App", "App", "modal.Stub", "Stub"):
            given = [*node.args[:1], *(word.value for word in node.keywords if word.arg == "name")]
            app = reader.value(given[0]) if given else None
    parts = [describe(reader, node) for node in tree.body if hasattr(node, "decorator_list")]
    return {
        "app": app,
        "parts": [part for part in parts if part is not None],
        "models": models(reader, tree),
        "packages": packages(reader, tree),
        "engine": engine_options(reader, tree),
        "environment": environment(reader, tree),
        "sampling": sampling(reader, tree),
        "templates": templates(reader),
        "defaults": reader.defaults,
    }


if __name__ == "__main__":
    try:
        print(json.dumps(inspect(sys.argv[1])))
    except (OSError, SyntaxError, ValueError) as error:
        raise SystemExit(f"{type(error).__name__}: {error}")
