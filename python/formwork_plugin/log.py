"""The plug-in's logger, which writes to the engine's log."""

from __future__ import annotations

import logging

logger = logging.getLogger("formwork_plugin")


def log_with(engine: str) -> None:
    """Uses the handlers and the level of the engine's logger."""
    own = logging.getLogger(engine)
    if own.handlers:
        logger.handlers = own.handlers
        logger.propagate = False
    logger.setLevel(own.getEffectiveLevel() if own.handlers else logging.INFO)
