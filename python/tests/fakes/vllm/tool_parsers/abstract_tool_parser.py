class ToolParser:
    supports_required_and_named = True
    structural_tag_model = None

    def __init_subclass__(cls, **named):
        super().__init_subclass__(**named)
        if cls.structural_tag_model is not None:
            cls.supports_required_and_named = False
