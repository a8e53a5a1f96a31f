"""The recorded signatures of all supported versions contain what the plug-in uses."""

import ast
import json
import unittest
from pathlib import Path

import formwork_plugin
from formwork_plugin.versions import SGLANG, VLLM
from signatures import RECORD, USED


class SignaturesCase(unittest.TestCase):
    record = json.loads(RECORD.read_text())

    def test_every_supported_version_is_recorded(self) -> None:
        for engine, (first, last) in (("vllm", VLLM), ("sglang", SGLANG)):
            for number in range(first[-1], last[-1] + 1):
                version = ".".join(map(str, (*first[:-1], number)))
                recorded = [name for name in self.record if name.startswith(f"{engine} {version}")]
                self.assertTrue(recorded, f"{engine} {version} is not recorded")

    def test_what_is_used_is_there(self) -> None:
        for version, functions in self.record.items():
            for path, used in USED[version.split()[0]].items():
                for name, expected in used.items():
                    with self.subTest(version=version, function=name):
                        found = functions[f"{path}:{name}"]
                        self.assertIsNotNone(found)
                        self.assertEqual(expected, found[: len(expected)])

    def test_what_is_used_of_an_engine_beyond_its_interface_is_recorded(self) -> None:
        folder = Path(formwork_plugin.__file__).parent
        trees = {path.stem: ast.parse(path.read_text()) for path in folder.glob("*.py")}
        own = {name for tree in trees.values() for name in private_names(tree, ast.Store)}
        for engine, functions in USED.items():
            recorded = {name.split(".")[-1] for names in functions.values() for name in names}
            for module, tree in trees.items():
                if module.startswith(engine):
                    used = private_names(tree, ast.Load) - own - recorded
                    self.assertEqual(set(), {name for name in used if not name.startswith("_formwork")}, module)


def private_names(tree: ast.AST, context: type[ast.expr_context]) -> set[str]:
    """Private attributes that are read; with `ast.Store`, those that are set or defined."""
    nodes = list(ast.walk(tree))
    names = {node.attr for node in nodes if isinstance(node, ast.Attribute) and isinstance(node.ctx, context)}
    if context is ast.Store:
        names |= {node.name for node in nodes if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))}
    return {name for name in names if name.startswith("_") and not name.startswith("__")}


if __name__ == "__main__":
    unittest.main()
