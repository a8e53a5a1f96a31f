"""Settings: environment variables, read once."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

PREFIX = "FORMWORK_PLUGIN_"
# While one compiles a slow schema, the other serves the rest.
_VERDICT_CHILDREN = 2


class OptionError(ValueError):
    """A variable has an invalid value, or Node or the mask program is missing."""


@dataclass(frozen=True)
class Options:
    """The settings, which docs/plugins.md describes."""

    command: tuple[str, ...]
    """Command line of the mask program."""
    children: int
    """Maximum number of children."""
    whitespace: int
    """Maximum run of white space characters between the tokens of a document."""
    additional_members: str
    """`closed`: objects with named members get no others. `schema`: whatever the schema permits."""
    compile_seconds: float
    """A child that compiles one schema for longer is terminated."""
    step_seconds: float
    """A child that takes longer for one batch is terminated."""
    log_seconds: float
    """Interval of the log line with figures, during generation; 0 turns it off."""
    any_version: bool
    """Start with unsupported versions of the engine, too."""

    @property
    def settings(self) -> dict[str, Any]:
        """The settings that a child receives."""
        return {"whitespace": self.whitespace, "additionalMembers": self.additional_members}

    def for_verdicts(self) -> Options:
        """The settings of a process that only checks schemas."""
        return replace(self, children=min(self.children, _VERDICT_CHILDREN), log_seconds=0)


def read_options(environment: Mapping[str, str] = os.environ) -> Options:
    """Raises OptionError with the variable's name."""

    def text(name: str, default: str) -> str:
        return environment.get(PREFIX + name, "").strip() or default

    def number(name: str, default: str, least: float) -> float:
        value = text(name, default)
        try:
            found = float(value)
        except ValueError:
            found = least - 1
        if not least <= found < 1e9:
            raise OptionError(f"{PREFIX}{name} is {value!r}; expected a number of at least {least:g}.")
        return found

    def one_of(name: str, *allowed: str) -> str:
        value = text(name, allowed[0])
        if value not in allowed:
            raise OptionError(f"{PREFIX}{name} is {value!r}; expected one of: {', '.join(allowed)}.")
        return value

    return Options(
        command=(_node(text("NODE", "node")), str(_program(text("PROGRAM", "")))),
        children=int(number("CHILDREN", "4", 1)),
        whitespace=int(number("WHITESPACE", "0", 0)),
        additional_members=one_of("ADDITIONAL_MEMBERS", "closed", "schema"),
        compile_seconds=number("COMPILE_SECONDS", "30", 0.1),
        step_seconds=number("STEP_SECONDS", "10", 0.1),
        log_seconds=number("LOG_SECONDS", "60", 0),
        any_version=one_of("ANY_VERSION", "0", "1") == "1",
    )


def _node(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise OptionError(f"{name!r} was not found. Install Node.js 20.19 or later, or set {PREFIX}NODE to its path.")
    return found


def _program(given: str) -> Path:
    here = Path(__file__).resolve().parent
    candidates = (
        [Path(given)]
        if given
        else [here / "node" / "plugin" / "main.js", here.parent.parent / "dist" / "plugin" / "main.js"]
    )
    for candidate in candidates:
        if candidate.is_file():
            return candidate
    raise OptionError(f"{candidates[-1]} is missing. Build Formwork (npm run build), or set {PREFIX}PROGRAM.")
