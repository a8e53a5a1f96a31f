"""Reads an app file for Modal without running it, and says what it declares. Prints one line of JSON.

    inspect_app.py FILE

What cannot be known without running the file is given as {"expression": SOURCE}.
"""

import ast
import json
import sys

ENDPOINTS = ("fastapi_endpoint", "web_endpoint", "asgi_app", "wsgi_app", "web_server")
MODEL_CALLS = ("from_pretrained", "LLM", "AsyncEngineArgs", "EngineArgs", "snapshot_download", "Engine", "pipeline")


class Reader:
    def __init__(self, tree):
        self.constants = {}
        for node in tree.body:
            if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
                self.constants[node.targets[0].id] = node.value
            elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value is not None:
                self.constants[node.target.id] = node.value

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
        if isinstance(node, ast.BinOp):
            left, right = follow(node.left), follow(node.right)
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
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and dotted(node.func).split(".")[-1] in MODEL_CALLS:
            given = [word.value for word in node.keywords if word.arg in ("model", "model_id", "repo_id", "model_path")]
            for value in map(reader.value, [*given, *node.args[:1]]):
                if isinstance(value, str) and "/" in value and not value.startswith("/"):
                    names.append(value)
    return list(dict.fromkeys(names))


def packages(reader, tree):
    """What the images install."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and dotted(node.func).split(".")[-1] in ("pip_install", "uv_pip_install"):
            for value in map(reader.value, node.args):
                found.extend(item for item in (value if isinstance(value, list) else [value]) if isinstance(item, str))
    return list(dict.fromkeys(found))


def context_length(reader, tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            for word in node.keywords:
                if word.arg in ("max_model_len", "context_length", "n_ctx") and isinstance(
                    reader.value(word.value), int
                ):
                    return reader.value(word.value)
    return None


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
        "contextLength": context_length(reader, tree),
    }


if __name__ == "__main__":
    try:
        print(json.dumps(inspect(sys.argv[1])))
    except (OSError, SyntaxError, ValueError) as error:
        raise SystemExit(f"{type(error).__name__}: {error}")
