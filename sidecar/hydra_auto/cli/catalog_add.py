"""``hydra-auto catalog add``: a model that VS Code offers and no layer names, into the user's own catalog."""

from __future__ import annotations

import argparse
import codecs
import os
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from hydra_auto.cli.errors import UsageError
from hydra_auto.core.catalog import Catalog, ModelEntry
from hydra_auto.core.errors import CatalogInvalid
from hydra_auto.core.fallback import names
from hydra_auto.core.layer_values import did_you_mean
from hydra_auto.core.request import AvailableModel
from hydra_auto.core.unknown import estimate

if TYPE_CHECKING:
    from collections.abc import Sequence


_TRIES = 5


def register(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the action."""
    add = actions.add_parser(
        "add",
        help="add a model that the catalog lacks to your own",
        description="Writes a model into your own catalog, with the profile of the nearest known model "
        "less a stated discount. Edit it afterwards as you like.",
    )
    add.add_argument("model", metavar="VENDOR/ID", help="as VS Code names it, such as ollama/qwen3-coder:14b")
    add.add_argument("--family", metavar="NAME", help="its family, if the id does not tell")
    add.add_argument("--name", default="", help="its name for people")
    add.add_argument("--like", metavar="MODEL", help="the catalog model that it is most like")
    add.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> int:
    from hydra_auto.adapters.catalog_files import load_catalog, user_path

    vendor, slash, model_id = args.model.partition("/")
    if not (vendor and slash and model_id):
        raise UsageError(f"{args.model!r} is not VENDOR/ID.", "For example: ollama/qwen3-coder:14b")
    catalog = load_catalog().catalog
    offer = AvailableModel(
        vendor=vendor, id=model_id, family=args.family or model_id.rpartition("/")[2], name=args.name
    )
    if names(offer, catalog):
        raise UsageError(f"The catalog names {args.model} already.", "See hydra-auto catalog show.")
    entry = _estimated(offer, catalog, args.like)
    path = user_path()
    append(path, [entry])
    print(f"{path}: added {entry.id}, {entry.estimate}")
    return 0


def _estimated(offer: AvailableModel, catalog: Catalog, like: str | None) -> ModelEntry:
    if like is not None:
        known = {str(model.id): model for model in catalog.models}
        if like not in known:
            raise UsageError(f"There is no model {like!r}.{did_you_mean(like, known)}")
        only = replace(catalog, models=(known[like],), removed=())
        entry = estimate(replace(offer, family=like.partition("/")[2]), only)
    else:
        entry = estimate(offer, catalog)
    if entry is None:
        raise UsageError(
            f"No known model is like {offer.vendor}/{offer.id}.", "Name one with --like, or add it by hand."
        )
    return entry


def append(path: Path, entries: Sequence[ModelEntry]) -> None:
    """Write ``entries`` behind the models of the file, which need not exist; all or nothing.

    Line ends and a byte order mark stay as they are. What somebody else saves meanwhile is kept.

    Raises:
        CatalogInvalid: The file has a mistake, cannot be read, or somebody goes on writing it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    real = Path(os.path.realpath(path))  # a link stays a link
    for _ in range(_TRIES):
        if _append_once(real, entries, str(path)):
            return
    raise CatalogInvalid(f"{path} is being changed by somebody else; nothing was written.", "Try again.")


def _append_once(real: Path, entries: Sequence[ModelEntry], shown: str) -> bool:
    """Whether it was done; False if the file changed meanwhile."""
    from hydra_auto.adapters.catalog_append import with_models
    from hydra_auto.adapters.yaml_document import Unreadable, decode

    before = _content(real)
    try:
        text = decode(before or b"", shown)
    except Unreadable as error:
        raise CatalogInvalid(str(error.problem), "Mend it first; nothing was changed.") from None
    mark = codecs.BOM_UTF8 if before and before.startswith(codecs.BOM_UTF8) else b""
    added = mark + with_models(text, entries, shown).encode()
    handle, name = tempfile.mkstemp(dir=real.parent, prefix=".catalog-")
    try:
        with os.fdopen(handle, "wb") as opened:
            opened.write(added)
        if before is not None:
            Path(name).chmod(real.stat().st_mode & 0o777)
        if _content(real) != before:
            Path(name).unlink()
            return False
        Path(name).replace(real)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return True


def _content(real: Path) -> bytes | None:
    try:
        return real.read_bytes()
    except FileNotFoundError:
        return None
