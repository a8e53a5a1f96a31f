"""The parts of vLLM's interface that the plug-in patches and calls; the manifest holds the real signatures."""

__version__ = "0.32.0"
