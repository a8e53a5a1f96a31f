"""The supported versions of the engines."""

from __future__ import annotations

import re

VLLM = ((0, 30), (0, 33))
SGLANG = ((0, 5, 20), (0, 5, 23))


class VersionError(RuntimeError):
    """The engine's version is not supported."""


def check_version(
    engine: str, version: str, supported: tuple[tuple[int, ...], tuple[int, ...]], any_version: bool
) -> None:
    """Raises VersionError unless `version` lies within `supported`, whose ends are included."""
    first, last = supported
    numbers = tuple(int(part) for part in re.findall(r"\d+", version.partition("+")[0])[: len(first)])
    if any_version or first <= numbers <= last:
        return
    span = " to ".join(".".join(map(str, end)) for end in supported)
    raise VersionError(
        f"Formwork's plug-in supports {engine} {span}; this is {version}. "
        "Set FORMWORK_PLUGIN_ANY_VERSION=1 to start anyway."
    )
