"""Stands in for SGLang's own kernels, of which PyPI has no build for processors.

Without them SGLang computes with torch's operations. It still imports some by name, for models that are not run here.
"""


def __getattr__(name):
    if name.startswith("__"):
        raise AttributeError(name)

    def missing(*_arguments, **_named):
        raise NotImplementedError(f"{name} of sgl_kernel is not there on a CPU.")

    return missing
