"""How a Formwork in front finds out that this plug-in is there: it sends a schema that only the plug-in refuses."""

from __future__ import annotations

import json

from . import __version__

MARK = "x-formwork-probe"


def probe_answer(schema_text: str) -> str | None:
    """The refusal that is the answer to a probe; None for any other schema."""
    if MARK not in schema_text or len(schema_text) > 200:
        return None
    try:
        schema = json.loads(schema_text)
    except ValueError:
        return None
    if not isinstance(schema, dict) or schema.get(MARK) is not True:
        return None
    return f"formwork-plugin {__version__}: schemas are honoured here."
