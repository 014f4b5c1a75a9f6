"""Where a catalog value comes from: the layer, the file and the place in it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import PurePath


class LayerName(Enum):
    """Where a catalog value comes from, weakest first."""

    BUILT_IN = "built-in"
    USER = "user"
    WORKSPACE = "workspace"
    FILE = "file"  # --catalog: replaces all the others
    SETTINGS = "settings"
    REQUEST = "request"


WORKSPACE_SCOPE = "(workspace)"
"""How the origin of a workspace's setting ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Layer, file and place of one value. ``line`` and ``column`` count from 1; 0 means no file.

    ``path`` is the file, the setting's name, or the command line option.
    """

    layer: LayerName
    path: str = ""
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        # The file's name is enough for people: each layer has one file.
        place = f"{PurePath(self.path).name}:{self.line}:{self.column}" if self.line else self.path
        return f"{self.layer.value} {place}".rstrip()

    @property
    def by_workspace(self) -> bool:
        """Whether the value came with the workspace, be it in its catalog or in its settings."""
        return self.layer is LayerName.WORKSPACE or (
            self.layer is LayerName.SETTINGS and self.path.endswith(WORKSPACE_SCOPE)
        )


DEFAULT_ORIGIN = Origin(layer=LayerName.BUILT_IN)
