"""What the data themselves say of a problem's difficulty."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

Row = Mapping[str, Any]
_Grading = Callable[[Row], float | None]

_WORDS: Final = ("easy", "medium", "hard")
_TIMES: Final = ("<15 min fix", "15 min - 1 hour", "1-4 hours", ">4 hours")
_BUGS: Final = {"double": 2.0, "triple": 3.0, "quadruple": 4.0}  # a single one is called by its kind


def _place(field: str, order: Sequence[str]) -> _Grading:
    return lambda row: float(order.index(row[field])) if row.get(field) in order else None


def _number(field: str) -> _Grading:
    return lambda row: None if row.get(field) is None else float(row[field])


def _planted_bugs(row: Row) -> float | None:
    return _BUGS.get(row["subcategory"], 1.0) if row.get("subcategory") else None


_GRADINGS: Final[Mapping[str, Mapping[str, _Grading]]] = {
    "livecodebench": {"difficulty": _place("difficulty", _WORDS)},
    "livecodebench_selfrepair": {"difficulty": _place("difficulty", _WORDS)},
    "debugbench": {"difficulty": _place("difficulty", _WORDS), "planted bugs": _planted_bugs},
    "bigcodebench": {"hard": _number("hard")},
    "math500": {"level": _number("level")},
    "tau2_bench": {"actions": _number("n_gold_actions")},  # of the whole task; its text is the first message
    "swebench_lite": {"time": _place("difficulty", _TIMES)},
}
"""By benchmark and name of the grading."""


def grades_of(benchmark: str, row: Row) -> tuple[tuple[str, float], ...]:
    """Name of each grading that a problem has, with its grade; only the order of grades means something.

    Args:
        benchmark: Whose problem it is.
        row: The problem as its file has it.
    """
    found = {name: grade(row) for name, grade in _GRADINGS.get(benchmark, {}).items()}
    return tuple((name, grade) for name, grade in found.items() if grade is not None)
