"""Capability profiles from public benchmark results: ``hydra-auto profile``. Never imported at run time."""
