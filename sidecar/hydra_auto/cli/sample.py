"""Which messages `bench` sends: real ones, of which each kind has enough to speak for itself."""

from __future__ import annotations

import collections
import gzip
import json
import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from hydra_auto.cli.errors import UsageError
from hydra_auto.cli.options import decode

KINDS: Final[Mapping[str, tuple[str, ...]]] = {
    "turns of agent sessions": ("specstory_turns",),
    "chat": ("arena_hard_v0.1", "arena_hard_v2.0", "wildchat_hard_ru", "naturalcodebench"),
    "question posts": ("stack_eval", "infibench"),
    "searches and titles": ("cosqa_queries", "staqc_sql_titles"),
}
"""The sets of ``prompts.jsonl.gz`` that people wrote for an answer, by kind.

Left out are the generated sets and those written for a test or a collection (`nl2bash`, `mt_bench`, the tests
of Copilot Chat).
"""
_KIND_OF: Final = {name: kind for kind, sets in KINDS.items() for name in sets}
_KIND_PART: Final = 4  # each kind has at least a quarter as many messages as the whole draw


class Message(NamedTuple):
    """A message; ``drawn`` if it is in the draw from all, and not only there so that its kind has enough."""

    text: str
    kind: str
    drawn: bool


def sample_messages(source: Path, count: int, seed: int) -> list[Message]:
    """``count`` messages drawn at random, and as many more as each kind needs to have a quarter of that.

    Args:
        source: JSONL, gzipped or not. Rows with a ``set`` count if it is one of `KINDS` and their
            ``category`` is not ``synthetic``; rows without one all count and have no kind, "".
        count: At least 1.
        seed: Which draw.

    Raises:
        UsageError: The file has no such texts, or a line of it is not of this form.
    """
    data = source.read_bytes()
    content = decode(gzip.decompress(data) if source.suffix == ".gz" else data, str(source))
    rows = [_row(line, number, source) for number, line in enumerate(content.split("\n"), 1) if line.strip()]
    found = [(row["text"], _KIND_OF.get(row.get("set", ""), "")) for row in rows if _is_real(row)]
    if not found:
        raise UsageError(f"{source} holds no texts of people.")
    random.Random(seed).shuffle(found)  # noqa: S311  not a secret
    there: collections.Counter[str] = collections.Counter()
    messages = []
    for place, (text, kind) in enumerate(found):
        if (drawn := place < count) or (kind and there[kind] < count // _KIND_PART):
            there[kind] += 1
            messages.append(Message(text, kind, drawn))
    random.Random(seed).shuffle(messages)  # noqa: S311  what is measured last is not all of one kind
    return messages


def _row(line: str, number: int, source: Path) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except ValueError as error:
        raise UsageError(f"{source}, line {number}: no JSON ({error}).") from error
    if not isinstance(row, dict) or not isinstance(row.get("text"), str):
        raise UsageError(f'{source}, line {number}: an object with a "text" is wanted.')
    return row


def _is_real(row: Mapping[str, Any]) -> bool:
    known = "set" not in row or row["set"] in _KIND_OF
    return known and row.get("category") != "synthetic" and bool(row["text"].strip())
