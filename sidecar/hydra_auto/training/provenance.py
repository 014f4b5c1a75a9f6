"""Which code and data each step of a run was made with: run/provenance.json."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any, Final

from hydra_auto.training.additions import CHAT_FILE, MESSAGES_FILE, NUMBERS_FILE, OWN_FOLDER, data_files
from hydra_auto.training.config import TrainingFailed
from hydra_auto.training.files import load_json, save_json
from hydra_auto.training.sources import file_sha256

PROVENANCE_FILE: Final = "provenance.json"
_PACKAGE: Final = Path(__file__).parents[1]
_CODE: Final = ("training", "core", "adapters")  # what decides the weights


def commit_of(folder: Path) -> str:
    """Commit of the code, with ``+changes`` where tracked files differ; empty outside a git checkout."""
    command = ["git", "describe", "--always", "--abbrev=40", "--dirty=+changes", "--exclude=*"]
    try:
        done = subprocess.run(  # noqa: S603 - fixed arguments
            command, cwd=folder, capture_output=True, text=True, check=False
        )
    except FileNotFoundError:  # no git
        return ""
    return done.stdout.strip()


def data_digests(data: Path) -> dict[str, str]:
    """SHA-256 of every data file that a run reads, by path below the data folder.

    Raises:
        TrainingFailed: One is missing.
    """
    names = [f"annotations/{name}.jsonl.gz" for name in ("requirements", "chat_parallel", "chat_bilingual")]
    names += ["multilingual/parallel.jsonl.gz", *data_files()]
    own = {
        f"sidecar/annotations/{name}": OWN_FOLDER / name for name in (CHAT_FILE, MESSAGES_FILE, NUMBERS_FILE)
    }
    files = {name: data / name for name in names} | own
    for path in files.values():
        if not path.exists():
            raise TrainingFailed(f"{path} does not exist.", "Name the data folder with --data.")
    return {name: file_sha256(path) for name, path in files.items()}


def code_digests() -> dict[str, str]:
    """SHA-256 of every module that decides the weights, by path below the package."""
    paths = [path for part in _CODE for path in sorted((_PACKAGE / part).glob("*.py"))]
    return {path.relative_to(_PACKAGE).as_posix(): file_sha256(path) for path in paths}


def begin_step(folder: Path, data: Path, step: str) -> str:
    """Adds code and data of a step that begins now to run/provenance.json.

    Returns:
        A warning if the step goes on from a checkpoint that was made with other code or data, or after a
        `prepare` with other data; empty if all is well.

    Raises:
        TrainingFailed: A data file is missing, or provenance.json is damaged.
    """
    path = folder / PROVENANCE_FILE
    records: dict[str, list[dict[str, Any]]] = load_json(path, "prepare") if path.exists() else {}
    resumed = (folder / step / "checkpoint.pt").exists()
    now: dict[str, Any] = {"commit": commit_of(_PACKAGE), "code": code_digests(), "data": data_digests(data)}
    before = records.get(step, [{}])[-1]
    warning = ""
    if resumed and not before:
        warning = f"nobody knows which code and data the checkpoint of {step} was made with"
    elif resumed and (changed := _changed(before, now, "code") + _changed(before, now, "data")):
        warning = f"{step} goes on from a checkpoint, and since it began these changed: {', '.join(changed)}"
    elif step != "prepare" and (changed := _changed(records.get("prepare", [now])[-1], now, "data")):
        warning = f"since prepare these changed: {', '.join(changed)}; run it again, then this step"
    if {key: before.get(key) for key in now} != now:
        save_json(path, records | {step: [*records.get(step, []), {**now, "resumed": resumed}]})
    return warning


def _changed(before: dict[str, Any], now: dict[str, Any], kind: str) -> list[str]:
    names = sorted(before[kind].keys() | now[kind].keys())
    return [name for name in names if before[kind].get(name) != now[kind].get(name)]
