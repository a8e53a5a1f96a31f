"""The parts of SGLang's interface that the plug-in calls and hooks; the manifest holds the real signatures."""

__version__ = "0.5.23"
