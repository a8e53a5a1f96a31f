"""Figures of the constraint engine among the engine's own metrics, by prometheus_client, which both engines have.

vLLM serves `/metrics` from its front end; what the engine's process writes reaches it through files in a folder that
all of the server's processes know from their environment. SGLang collects what each of its processes measures.
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
    "masks": ("formwork_masks", "counter", "Masks that were filled."),
    "mean_us": ("formwork_mask_mean_seconds", "gauge", "Mean time that a mask takes."),
    "p99_us": ("formwork_mask_p99_seconds", "gauge", "99th percentile of the time that a mask takes."),
    "compiles": ("formwork_compiles", "counter", "Schemas, patterns and choices that were compiled."),
    "restarts": ("formwork_restarts", "counter", "How often a child was started again."),
    "sequences": ("formwork_sequences", "gauge", "Requests that are held to a form."),
    "memory_bytes": ("formwork_memory_bytes", "gauge", "Memory of all children."),
}
"""By the name in `Pool.statistics`: that of the metric, its kind and what it says."""

_SUMMED = {"masks", "compiles", "restarts", "sequences", "memory_bytes"}


def share_folder() -> None:
    """Called in the process that starts the others, before it does."""
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
    """The figures of this process, for `Collector`."""
    folder = os.environ.get(FOLDER)
    if folder is None:
        return
    # The folder may be gone: the server is ending.
    with contextlib.suppress(OSError):
        path = Path(folder, f"{os.getpid()}.json")
        draft = path.with_suffix(".draft")
        draft.write_text(json.dumps(figures))
        draft.replace(path)


def read_figures() -> dict[str, float]:
    """Of all processes together; the times are those of the slowest."""
    together: dict[str, float] = {}
    for path in Path(os.environ.get(FOLDER, "/nonexistent")).glob("*.json"):
        with contextlib.suppress(OSError, ValueError):
            for name, value in json.loads(path.read_text()).items():
                known = together.get(name, 0)
                together[name] = known + value if name in _SUMMED else max(known, value)
    return together


class Collector:
    """For a registry of prometheus_client."""

    def collect(self) -> Iterator[Any]:
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

        figures = read_figures()
        for name, (metric, kind, text) in METRICS.items():
            if name in figures:
                family = CounterMetricFamily if kind == "counter" else GaugeMetricFamily
                yield family(metric, text, value=_value(name, figures[name]))


def show_in_registry() -> None:
    """Once a process. Where several front ends share a port, prometheus_client shows what it measured itself only."""
    from prometheus_client import REGISTRY

    REGISTRY.register(Collector())


class Gauges:
    """For engines whose processes measure by themselves, into the folder that prometheus_client has them share."""

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
