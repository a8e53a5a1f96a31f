"""Formwork's constraint engine inside vLLM and SGLang.

The engine process starts `formwork plugin serve` (Node) as a child process and requests the masks of a whole batch in
one round trip per step. `entry.py` has the entry points; apart from it, only `vllm*.py` and `sglang*.py` depend on
an engine. `pool.py` manages the children; `child.py` is one child with its requests, which it restores after a crash;
`sequence.py` is one request's position in its document, `reasoning.py` what precedes the document; `service.py`
exchanges frames with a child; `metrics.py` passes figures on to the engine; `options.py` reads the environment.
"""

__version__ = "0.1.0"
