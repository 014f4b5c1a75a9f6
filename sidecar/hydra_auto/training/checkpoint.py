"""Files that a kill in the middle of writing leaves as they were."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch


def save(path: Path, content: Mapping[str, Any]) -> None:
    """Writes beside ``path`` and renames."""
    part = path.with_suffix(".part")
    torch.save(content, part)
    part.replace(path)
