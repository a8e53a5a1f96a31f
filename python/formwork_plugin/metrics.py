"""The constraint engine's metrics, reported through prometheus_client, which both engines include.

vLLM serves `/metrics` from its front end. The engine process passes its figures on in files, in a folder whose path the
server's processes inherit in their environment. SGLang aggregates the metrics of its processes itself.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

FOLDER = "FORMWORK_PLUGIN_FIGURES"

METRICS = {
    "masks": ("formwork_masks", "counter", "Masks filled."),
    "mean_us": ("formwork_mask_mean_seconds", "gauge", "Mean time per mask."),
    "p99_us": ("formwork_mask_p99_seconds", "gauge", "99th percentile of the time per mask."),
    "compiles": ("formwork_compiles", "counter", "Schemas, patterns and choices compiled."),
    "restarts": ("formwork_restarts", "counter", "Restarts of child processes."),
    "sequences": ("formwork_sequences", "gauge", "Constrained requests being served."),
    "memory_bytes": ("formwork_memory_bytes", "gauge", "Memory of all child processes."),
}
"""Name, type and help text of each metric, by its key in `Pool.statistics`."""

_SUMMED = {"masks", "compiles", "restarts", "sequences", "memory_bytes"}


def share_folder() -> None:
    """Creates the folder for figures. To be called before the server starts its other processes."""
    if FOLDER in os.environ:
        return
    folder = tempfile.mkdtemp(prefix="formwork-figures-")
    os.environ[FOLDER] = folder
    maker = os.getpid()

    def remove() -> None:
        if os.getpid() == maker:
            shutil.rmtree(folder, ignore_errors=True)

    atexit.register(remove)


def write_figures(figures: dict[str, Any]) -> None:
    """Writes the figures of this process for `Collector`."""
    folder = os.environ.get(FOLDER)
    if folder is None:
        return
    # The folder is removed when the server exits.
    with contextlib.suppress(OSError):
        path = Path(folder, f"{os.getpid()}.json")
        draft = path.with_suffix(".draft")
        draft.write_text(json.dumps(figures))
        draft.replace(path)


def read_figures() -> dict[str, float]:
    """Figures of all processes: sums, and the times of the slowest process."""
    together: dict[str, float] = {}
    for path in Path(os.environ.get(FOLDER, "/nonexistent")).glob("*.json"):
        with contextlib.suppress(OSError, ValueError):
            for name, value in json.loads(path.read_text()).items():
                known = together.get(name, 0)
                together[name] = known + value if name in _SUMMED else max(known, value)
    return together


class Collector:
    """A collector for a registry of prometheus_client."""

    def collect(self) -> Iterator[Any]:
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

        figures = read_figures()
        for name, (metric, kind, text) in METRICS.items():
            if name in figures:
                family = CounterMetricFamily if kind == "counter" else GaugeMetricFamily
                yield family(metric, text, value=_value(name, figures[name]))


def show_in_registry() -> None:
    """Adds the metrics to the default registry; once per process.

    With several front ends on one port, prometheus_client reports only what it measured itself, so these are missing.
    """
    from prometheus_client import REGISTRY

    REGISTRY.register(Collector())


class Gauges:
    """Metrics of one of several processes, for engines that use the multiprocess mode of prometheus_client."""

    def __init__(self) -> None:
        from prometheus_client import Gauge

        self._gauges = {
            name: Gauge(metric, text, multiprocess_mode="livesum" if name in _SUMMED else "livemax")
            for name, (metric, _, text) in METRICS.items()
        }

    def set(self, figures: dict[str, Any]) -> None:
        for name, gauge in self._gauges.items():
            gauge.set(_value(name, figures[name]))


def _value(name: str, value: float) -> float:
    return value / 1e6 if name.endswith("_us") else value
