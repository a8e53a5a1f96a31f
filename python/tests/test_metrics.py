"""Metrics pass from the engine process to the front end."""

import json
import os
import tempfile
import unittest
from pathlib import Path
from unittest import mock

from formwork_plugin import metrics

FIGURES = {
    "masks": 10,
    "mean_us": 12.5,
    "p99_us": 80,
    "compiles": 2,
    "restarts": 1,
    "sequences": 3,
    "memory_bytes": 5,
    "children": 2,
}


class MetricsCase(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        patch = mock.patch.dict(os.environ, {metrics.FOLDER: folder.name})
        patch.start()
        self.addCleanup(patch.stop)

    def test_counts_of_several_processes_are_added_and_times_are_the_longest(self) -> None:
        metrics.write_figures(FIGURES)
        (self.folder / "1.json").write_text(json.dumps({**FIGURES, "masks": 5, "p99_us": 200}))
        (self.folder / "2.json").write_text("half a fi")
        together = metrics.read_figures()
        self.assertEqual(15, together["masks"])
        self.assertEqual(200, together["p99_us"])
        self.assertEqual(12.5, together["mean_us"])

    def test_a_folder_that_is_gone_is_no_error(self) -> None:
        with mock.patch.dict(os.environ, {metrics.FOLDER: str(self.folder / "gone")}):
            metrics.write_figures(FIGURES)
            self.assertEqual({}, metrics.read_figures())

    def test_the_folder_is_made_once(self) -> None:
        before = os.environ[metrics.FOLDER]
        metrics.share_folder()
        self.assertEqual(before, os.environ[metrics.FOLDER])


if __name__ == "__main__":
    unittest.main()
