"""A smoke test on the shared data."""

from __future__ import annotations

from pathlib import Path

import pytest

from hydra_auto.adapters.catalog_files import built_in_path, load_catalog
from hydra_auto.evaluation.bench import Setting, run_languages, run_meaning, run_robustness, run_windows
from hydra_auto.evaluation.choices import Chooser
from hydra_auto.evaluation.pools import pool_named
from hydra_auto.evaluation.report_tables import TABLES
from hydra_auto.evaluation.robustness.defence_trial import DefencePlan
from hydra_auto.evaluation.robustness.searches import SearchPlan

DATA = Path(__file__).parents[3] / "shared" / "data"

pytestmark = [
    pytest.mark.data,
    pytest.mark.skipif(not DATA.is_dir(), reason=f"needs the shared data folder at {DATA}"),
]


def test_every_bench_reads_the_shared_data(scorer, window_scorer):
    catalog = load_catalog(file=built_in_path()).catalog
    pools = [Chooser(pool_named(name, catalog)) for name in ("copilot", "five levels")]
    setting = Setting(data=DATA, scorer=scorer, pools=pools, limit=20, seed=1)
    runs = [
        run_languages(setting),
        run_robustness(setting, SearchPlan().scaled(0.02), None, DefencePlan().scaled(0.02)),
        run_meaning(setting, ("math500", "livecodebench"), catalog),
        run_windows(setting, window_scorer, 2),
    ]
    languages, robustness, meaning, windows = reports = [list(run)[-1] for run in runs]
    assert {t["source"] for t in languages["tables"]} >= {"chat", "mgsm", "tldr", "humaneval_xl_nl"}
    assert all(len(pool["ladders"]["balanced"]) >= 3 for pool in languages["pools"])
    assert (robustness["easy"], robustness["hard"]) == (10, 10)
    assert {
        kind: robustness["views"]["defences"][0]["untouched"][kind]["messages"] for kind in ("real", "chat")
    } == {"real": 10, "chat": 10}
    assert any(p["shortfalls"]["models"] for p in meaning["panels"] if "shortfalls" in p)
    assert [(scope["messages"], len(scope["rows"])) for scope in windows["long"]] == [(20, 8), (15, 8)]
    assert windows["pastes"][0]["questions"] == 2
    for report in reports:
        assert report["complete"]
        assert TABLES[report["bench"]](report)
