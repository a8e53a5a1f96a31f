"""The tool-call parser, reduced to the constraint it requests and the parsing of its answer."""

from sglang.srt.function_call.utils import get_json_schema_constraint


class Detector:
    """Has a notation of its own."""

    always_on = None

    def supports_structural_tag(self) -> bool:
        return True

    def parses_required_natively(self) -> bool:
        return False

    def get_required_tool_parser(self, tool_choice):
        return None

    def get_json_schema_constraint(self, tools, tool_choice, parallel_tool_calls=True):
        return "another form"


class NativeDetector(Detector):
    """Reads nothing but its notation, which is not constrained."""

    def supports_structural_tag(self) -> bool:
        return False

    def parses_required_natively(self) -> bool:
        return True


class GlmDetector(Detector):
    """Has whole answers constrained by a grammar unless a tool is strict."""

    use_full_assistant_constraint = False

    def parses_required_natively(self) -> bool:
        return self.use_full_assistant_constraint


class KimiDetector(Detector):
    """Has its notation constrained wherever the model begins a call."""

    always_on = "after its token"


class IQuestDetector(Detector):
    """Reads another form of JSON for required calls."""

    def supports_structural_tag(self) -> bool:
        return False

    def get_required_tool_parser(self, tool_choice):
        return None if tool_choice == "auto" else Detector()


DETECTORS = {
    "qwen25": Detector,
    "native": NativeDetector,
    "glm47": GlmDetector,
    "kimi_k3": KimiDetector,
    "iquest_q1": IQuestDetector,
}


class FunctionCallParser:
    tool_strict_level = 0

    def __init__(self, tools, tool_call_parser) -> None:
        self.tools = tools
        self.detector = DETECTORS[tool_call_parser]()
        self.detector.use_full_assistant_constraint = not self._strict()

    def _strict(self):
        return self.tool_strict_level > 0 or any(tool.function.strict for tool in self.tools)

    def get_structure_constraint(self, tool_choice, parallel_tool_calls=True, thinking_mode=False):
        detector = self.detector
        if isinstance(detector, GlmDetector) and detector.parses_required_natively():
            return ("full_assistant_ebnf", "root ::= ...")
        if tool_choice == "auto" and not self._strict():
            return None if detector.always_on is None else ("structural_tag", detector.always_on)
        if detector.supports_structural_tag():
            return ("structural_tag", "in its notation")
        if tool_choice == "auto" or detector.parses_required_natively():
            return None
        form = detector.get_required_tool_parser(tool_choice)
        find = get_json_schema_constraint if form is None else form.get_json_schema_constraint
        return ("json_schema", find(self.tools, tool_choice, parallel_tool_calls))
