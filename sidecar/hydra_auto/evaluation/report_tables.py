"""The reports as tables, by bench."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from hydra_auto.evaluation.languages.tables import language_tables
from hydra_auto.evaluation.meaning.tables import meaning_tables
from hydra_auto.evaluation.robustness.tables import robustness_tables
from hydra_auto.evaluation.tables import Table
from hydra_auto.evaluation.windows.tables import window_tables

TABLES: Final[dict[str, Callable[[dict[str, Any]], list[Table]]]] = {
    "languages": language_tables,
    "robustness": robustness_tables,
    "meaning": meaning_tables,
    "windows": window_tables,
}
"""By bench."""
