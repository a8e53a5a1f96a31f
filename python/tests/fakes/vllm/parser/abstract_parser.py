class DelegatingParser:
    def __init__(self, tool_parser):
        self._tool_parser = tool_parser

    def _apply_structural_tag(self, request):
        return "in the notation of the model"
