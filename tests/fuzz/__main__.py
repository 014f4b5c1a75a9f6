"""Look for mistakes with random texts, guided by which code they reach: ``python -m fuzz catalog | editing``.

With atheris, which is not among the project's packages, in an environment of its own:

    python3 -m venv /tmp/fuzz && /tmp/fuzz/bin/pip install atheris pyyaml
    mkdir -p /tmp/corpus
    PYTHONPATH=sidecar:tests /tmp/fuzz/bin/python -m fuzz catalog -max_total_time=240 \\
        -dict=tests/fuzz/catalog.dict /tmp/corpus tests/fixtures/catalogs

What is found is written to a file ``crash-*``; with its name in place of the folders it happens again.
"""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports(include=["hydra_auto"]):
    from fuzz.fuzz_catalog import read_as_each_layer
    from fuzz.fuzz_editing import use_bytes

TARGETS = {"catalog": read_as_each_layer, "editing": use_bytes}

if len(sys.argv) < 2 or sys.argv[1] not in TARGETS:
    sys.exit(f"usage: python -m fuzz {' | '.join(TARGETS)} [LIBFUZZER_OPTION...] [FOLDER...]")
atheris.Setup([sys.argv[0], *sys.argv[2:]], TARGETS[sys.argv[1]])
atheris.Fuzz()
