"""``python -m hydra_auto`` and the ``hydra-auto`` command."""

from __future__ import annotations

import sys

from hydra_auto.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
