"""The entry points: which exceptions they raise, and what of an engine they need for that."""

import configparser
import importlib
import logging
import os
import subprocess
import sys
import unittest
from pathlib import Path
from unittest import mock

sys.path.insert(0, str(Path(__file__).parent / "fakes"))

import sglang
import vllm

from formwork_plugin import entry
from formwork_plugin.options import OptionError
from formwork_plugin.versions import VersionError

ROOT = Path(__file__).parent.parent
FAKES = ROOT / "tests" / "fakes"
UNSUPPORTED = (
    (entry.register_vllm, vllm, "0.29.2", r"vLLM 0\.30 to 0\.33; this is 0\.29\.2"),
    (entry.register_vllm, vllm, "0.34.1", r"vLLM 0\.30 to 0\.33; this is 0\.34\.1"),
    (entry.register_sglang, sglang, "0.5.19", r"SGLang 0\.5\.20 to 0\.5\.23; this is 0\.5\.19"),
    (entry.register_sglang, sglang, "0.6.0", r"SGLang 0\.5\.20 to 0\.5\.23; this is 0\.6\.0"),
)


def entry_points() -> dict[str, str]:
    """The function of each group."""
    (file,) = ROOT.glob("formwork_plugin-*.dist-info/entry_points.txt")
    parser = configparser.ConfigParser()
    parser.read(file)
    return {group: parser[group]["formwork"] for group in parser.sections()}


class EntryCase(unittest.TestCase):
    def test_each_group_names_a_function(self) -> None:
        self.assertEqual({"vllm.general_plugins", "sglang.srt.plugins"}, set(entry_points()))
        for target in entry_points().values():
            module, name = target.split(":")
            self.assertTrue(callable(getattr(importlib.import_module(module), name)))

    def test_they_can_be_imported_without_anything_of_an_engine(self) -> None:
        modules = sorted({target.split(":")[0] for target in entry_points().values()})
        program = f"import sys, {', '.join(modules)}; print({{'vllm', 'sglang', 'torch'}} & set(sys.modules))"
        environment = {**os.environ, "PYTHONPATH": f"{ROOT}:{FAKES}"}
        printed = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True)
        self.assertEqual(("set()\n", ""), (printed.stdout, printed.stderr))

    def test_other_versions_are_rejected_by_name_even_where_they_lack_what_the_plug_in_imports(self) -> None:
        for register, engine, version, message in UNSUPPORTED:
            name = engine.__name__
            for module in (f"formwork_plugin.{name}", f"{name}.v1", f"{name}.srt"):
                # The import of such a module fails.
                patch = mock.patch.dict(sys.modules, {module: None})
                patch.start()
                self.addCleanup(patch.stop)
            with (
                mock.patch.object(engine, "__version__", version),
                self.assertLogs("formwork_plugin", logging.ERROR) as logged,
                self.assertRaisesRegex(VersionError, message),
            ):
                register()
            self.assertRegex(logged.output[0], f"Formwork: Formwork's plug-in supports {message}")

    def test_a_setting_that_is_wrong_is_logged_and_ends_the_start(self) -> None:
        for register in (entry.register_vllm, entry.register_sglang):
            with (
                mock.patch.dict(os.environ, {"FORMWORK_PLUGIN_NODE": "/nowhere/node"}),
                self.assertLogs("formwork_plugin", logging.ERROR) as logged,
                self.assertRaisesRegex(OptionError, "Install Node.js"),
            ):
                register()
            self.assertIn("Formwork: '/nowhere/node' was not found", logged.output[0])


if __name__ == "__main__":
    unittest.main()
