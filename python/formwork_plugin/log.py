"""Where the plug-in's lines go: to the engine's own log."""

from __future__ import annotations

import logging

logger = logging.getLogger("formwork_plugin")


def log_with(engine: str) -> None:
    """Gives the plug-in's logger the handlers and the level of the engine's."""
    own = logging.getLogger(engine)
    if own.handlers:
        logger.handlers = own.handlers
        logger.propagate = False
    logger.setLevel(own.getEffectiveLevel() if own.handlers else logging.INFO)
