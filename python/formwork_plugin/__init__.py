"""Formwork's constraint engine inside vLLM and SGLang.

The engine's process starts `formwork plugin serve` (Node) as a child and asks it for the masks of a whole batch in one
round trip a step. `vllm.py` and `sglang.py` are all that knows the engines. `pool.py` keeps the children; `child.py` is
one of them with its requests, which it puts back after a crash; `sequence.py` is one request's place, `reasoning.py`
what comes before it; `service.py` is a child's frames; `options.py` reads the environment.
"""

__version__ = "0.1.0"
