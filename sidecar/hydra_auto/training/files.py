"""Files of a run: written whole or not at all, and read with a word on what to do about a damaged one."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from hydra_auto.core.errors import RouterError
from hydra_auto.training.config import TrainingFailed


@contextlib.contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """A path beside ``path`` to write to, which takes its place in the end: a kill leaves ``path`` as it was.

    A link to another run's file is replaced, never written through.
    """
    part = path.with_name(f"{path.name}.part")
    part.unlink(missing_ok=True)  # left over by a kill, perhaps a link into another run
    yield part
    part.replace(path)


def save(path: Path, content: Mapping[str, Any]) -> None:
    """Writes tensors, and plain values beside them, with ``torch.save``."""
    import torch  # noqa: PLC0415 - `eval` reads annotations without it

    with written_whole(path) as part:
        torch.save(content, part)


def save_text(path: Path, text: str) -> None:
    """Writes text as UTF-8."""
    with written_whole(path) as part:
        part.write_text(text, encoding="utf-8")


def save_json(path: Path, content: object, indent: int = 1) -> None:
    """Writes plain values as JSON."""
    save_text(path, json.dumps(content, indent=indent, ensure_ascii=False) + "\n")


def save_arrays(path: Path, **arrays: Any) -> None:  # noqa: ANN401 - numpy arrays of any shape
    """Writes named arrays as ``.npz``."""
    with written_whole(path) as part, part.open("wb") as file:
        np.savez(file, **arrays)


def link(source: Path, target: Path) -> None:
    """Makes ``target`` the file that ``source`` is: a hard link, a copy on another disk."""
    if target.exists() and target.samefile(source):
        return
    with written_whole(target) as part:
        try:
            os.link(source.resolve(), part)
        except OSError:
            shutil.copyfile(source, part)


@contextlib.contextmanager
def readable(path: Path, made_by: str) -> Iterator[Path]:
    """Says of whatever goes wrong with the content of ``path`` inside which file it is and what to do.

    Args:
        path: File that is read.
        made_by: Words after `hydra-auto train` that make it.

    Raises:
        TrainingFailed: The file is missing, or what is done with it fails.
    """
    if not path.exists():
        raise TrainingFailed(f"{path} does not exist.", f"Run `hydra-auto train {made_by}` first.")
    try:
        yield path
    except (RouterError, OSError, MemoryError):
        raise
    except Exception as error:  # torch, numpy, json and tokenizers raise all kinds, the last Exception itself
        reason = (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")
        raise TrainingFailed(
            f"{path} is damaged or of another run: {reason}.",
            f"`hydra-auto train {made_by}` makes it; a damaged file has to be deleted before.",
        ) from error


def load(path: Path, made_by: str) -> dict[str, Any]:
    """What `save` wrote.

    Raises:
        TrainingFailed: See `readable`.
    """
    import torch  # noqa: PLC0415 - `eval` reads annotations without it

    with readable(path, made_by):
        content: dict[str, Any] = torch.load(path, weights_only=True)
    return content


def load_json(path: Path, made_by: str) -> Any:  # noqa: ANN401 - any JSON
    """What `save_json` wrote.

    Raises:
        TrainingFailed: See `readable`.
    """
    with readable(path, made_by):
        return json.loads(path.read_text(encoding="utf-8"))


def load_arrays(path: Path, made_by: str) -> dict[str, Any]:
    """What `save_arrays` wrote, all of it in memory.

    Raises:
        TrainingFailed: See `readable`.
    """
    with readable(path, made_by), path.open("rb") as file, np.load(file) as stored:
        return dict(stored)
