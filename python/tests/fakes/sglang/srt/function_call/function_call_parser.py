"""The parser of calls, reduced to how it is asked for a constraint and how its answer is read."""


class Detector:
    """Has a notation of its own."""

    def supports_structural_tag(self) -> bool:
        return True

    def parses_required_natively(self) -> bool:
        return False


class NativeDetector(Detector):
    def parses_required_natively(self) -> bool:
        return True


class FunctionCallParser:
    def __init__(self, tools, tool_call_parser) -> None:
        self.tools = tools
        self.detector = {"qwen25": Detector, "native": NativeDetector}[tool_call_parser]()

    def get_structure_constraint(self, tool_choice, parallel_tool_calls=True, thinking_mode=False):
        return ("structural_tag", "in its notation") if self.detector.supports_structural_tag() else None
