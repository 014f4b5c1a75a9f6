"""The use cases: what the CLI and the sidecar ask for, over ports that adapters fill."""
