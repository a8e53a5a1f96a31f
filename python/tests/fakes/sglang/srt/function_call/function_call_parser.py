"""The tool-call parser, reduced to the constraint it requests and the parsing of its answer."""


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
