"""The recorded signatures of the supported versions have what the plug-in uses."""

import json
import unittest

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


if __name__ == "__main__":
    unittest.main()
