"""HyDRA Auto: route each chat request to the cheapest model that is good enough for it."""

__version__ = "0.1.0"
