"""Hooks of SGLang's function call parsers: required and named tool calls are written and read as JSON."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sglang.srt.function_call.utils import get_json_schema_constraint
from sglang.srt.plugins.hook_registry import HookRegistry, HookType
from sglang.srt.runtime_context import get_exec


def hook_tools(backend: str) -> None:
    """Registers the hooks, which apply if `backend` is SGLang's grammar backend."""

    def read_json_calls(result: None, parser: Any, *arguments: Any, **named: Any) -> None:
        if get_exec().kernel.grammar_backend == backend:
            _read_json_calls(parser)

    parser = "sglang.srt.function_call.function_call_parser.FunctionCallParser"
    HookRegistry.register(f"{parser}.__init__", read_json_calls, HookType.AFTER)
    HookRegistry.register(f"{parser}.get_structure_constraint", _ask_for_json_calls, HookType.AROUND)


def _read_json_calls(parser: Any) -> None:
    """Parses required and named calls as JSON, and optional calls in the parser's notation."""
    detector = parser.detector
    # SGLang calls this only for required calls and in `get_structure_constraint`.
    detector.supports_structural_tag = lambda: False
    if hasattr(detector, "use_full_assistant_constraint"):
        # Otherwise, SGLang constrains whole answers of GLM 4.7 by a grammar, including those without calls.
        detector.use_full_assistant_constraint = False


def _ask_for_json_calls(
    plain: Callable[..., Any], parser: Any, tool_choice: Any, parallel_tool_calls: bool = True, **more: Any
) -> Any:
    """Constrains required and named calls as JSON, to the schemas of the tools; optional calls only if they are strict.

    By default, SGLang constrains required calls to the parser's notation, and their arguments to their schema only if
    the tool is `strict`. Some parsers constrain the notation of optional calls, too. Formwork does not know these
    notations, so it rejects what SGLang returns for `strict` tools.
    """
    detector = parser.detector
    own = detector.__dict__.pop("supports_structural_tag", None)
    try:
        if own is not None and tool_choice in ("auto", "none"):
            if not (parser.tool_strict_level or any(tool.function.strict for tool in parser.tools)):
                return None
        elif own is not None and not detector.parses_required_natively():
            return ("json_schema", _schema_of_calls(parser, tool_choice, parallel_tool_calls))
        return plain(parser, tool_choice, parallel_tool_calls=parallel_tool_calls, **more)
    finally:
        if own is not None:
            detector.supports_structural_tag = own


def _schema_of_calls(parser: Any, tool_choice: Any, parallel_tool_calls: bool) -> Any:
    # From 0.5.21, a parser may read another form of JSON.
    find = getattr(parser.detector, "get_required_tool_parser", None)
    other = None if find is None else find(tool_choice)
    if other is not None:
        return other.get_json_schema_constraint(parser.tools, tool_choice, parallel_tool_calls)
    return get_json_schema_constraint(parser.tools, tool_choice, parallel_tool_calls=parallel_tool_calls)
