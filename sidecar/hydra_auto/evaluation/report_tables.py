"""The reports as tables, by bench."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from hydra_auto.evaluation.language_tables import language_tables
from hydra_auto.evaluation.meaning_tables import meaning_tables
from hydra_auto.evaluation.robustness_tables import robustness_tables
from hydra_auto.evaluation.tables import Table
from hydra_auto.evaluation.window_tables import window_tables

TABLES: Final[dict[str, Callable[[dict[str, Any]], list[Table]]]] = {
    "languages": language_tables,
    "robustness": robustness_tables,
    "meaning": meaning_tables,
    "windows": window_tables,
}
"""By bench."""
