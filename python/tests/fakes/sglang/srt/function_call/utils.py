def get_json_schema_constraint(tools, tool_choice, parallel_tool_calls=True):
    return {"type": "array", "items": {"anyOf": tools}}
