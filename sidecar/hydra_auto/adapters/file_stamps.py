"""Noticing that a file changed: by its metadata, and by its content where metadata may lie."""

from __future__ import annotations

import hashlib
import os
import stat
import time
from dataclasses import dataclass, field
from pathlib import Path

FRESH_S = 2.0
"""A file written this recently may be written again without a change of its times or size (coarse clocks)."""

_MOST_BYTES = 4_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class FileStamp:
    """One look at a file. Two stamps are equal if the same place holds the same content.

    Attributes:
        place: Where the file really is, links followed.
        digest: Of the content; None if there is nothing to read, and why in ``reason``.
        metadata: Device, inode, times and size; None if there is no file.
    """

    place: str
    digest: bytes | None
    reason: str = ""
    metadata: tuple[int, ...] | None = field(default=None, compare=False)
    fresh: bool = field(default=False, compare=False)

    @property
    def just_emptied(self) -> bool:
        """Whether nothing is in the file since a moment ago, as while an editor writes it anew."""
        return self.fresh and self.metadata is not None and self.metadata[-1] == 0


def stamp_of(path: Path, before: FileStamp | None = None) -> FileStamp:
    """A stamp of ``path`` as it is now; never raises, and never waits for a pipe.

    Args:
        path: The file, which need not exist.
        before: An earlier stamp of it: if the metadata is the same and old enough, nothing is read.
    """
    try:
        place = os.path.realpath(path)
        found = path.stat()
    except (OSError, ValueError, RuntimeError) as error:
        return FileStamp(place="", digest=None, reason=type(error).__name__)
    metadata = (found.st_dev, found.st_ino, found.st_mtime_ns, found.st_ctime_ns, found.st_size)
    if before is not None and not before.fresh and (before.place, before.metadata) == (place, metadata):
        return before
    digest, reason = _digest(path, found)
    newest = max(found.st_mtime_ns, found.st_ctime_ns) / 1e9
    fresh = time.time() - newest < FRESH_S
    return FileStamp(place=place, digest=digest, reason=reason, metadata=metadata, fresh=fresh)


def _digest(path: Path, found: os.stat_result) -> tuple[bytes | None, str]:
    if not stat.S_ISREG(found.st_mode):
        return None, "not a regular file"
    try:
        with path.open("rb") as opened:
            return hashlib.blake2b(opened.read(_MOST_BYTES), digest_size=16).digest(), ""
    except OSError as error:
        return None, type(error).__name__
