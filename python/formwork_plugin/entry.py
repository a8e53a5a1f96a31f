"""The entry points: `register_vllm` of the group `vllm.general_plugins`, `register_sglang` of `sglang.srt.plugins`.

Importing this module imports nothing of an engine. An engine skips a plug-in that cannot be imported and starts without
it, so the version is checked before anything is imported that other versions may lack.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from .log import log_with, logger
from .options import read_options
from .versions import SGLANG, VLLM, check_version


def register_vllm() -> None:
    """Called by vLLM in each of its processes, before it creates its managers. An exception ends the process."""
    import vllm

    with _logged("vllm"):
        options = read_options()
        check_version("vLLM", vllm.__version__, VLLM, options.any_version)
        from .vllm import register

        register(options)


def register_sglang() -> None:
    """Called by SGLang in each of its processes, before it parses its arguments.

    SGLang logs an exception and continues, but then rejects `--grammar-backend formwork` as unknown.
    """
    import sglang

    with _logged("sglang"):
        options = read_options()
        check_version("SGLang", sglang.__version__, SGLANG, options.any_version)
        from .sglang import register

        register(options)


@contextlib.contextmanager
def _logged(engine: str) -> Iterator[None]:
    """Logs an exception with the plug-in's name, since the engine's own report is a long traceback."""
    log_with(engine)
    try:
        yield
    except Exception as error:
        logger.error("Formwork: %s", error)
        raise
