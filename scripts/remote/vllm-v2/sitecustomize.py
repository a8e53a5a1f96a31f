"""Lets vLLM's Model Runner V2 start on a processor: its Triton kernels run in Triton's interpreter.

vLLM checks for a CPU backend of Triton when it is imported, before it loads plug-ins. The interpreter
(TRITON_INTERPRET=1) needs none.
"""

from types import SimpleNamespace

from triton.backends import backends

backends["cpu"] = SimpleNamespace(driver=None, compiler=None)
