"""Whole decisions and their wording, kept as files: `pytest tests/golden --update-golden` rewrites them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from builders import prediction
from hydra_auto.adapters.catalog_files import load_catalog
from hydra_auto.app.report import decision_report, rendered
from hydra_auto.app.service import Outcome, Timing
from hydra_auto.cli.view import show_outcome
from hydra_auto.core.cost import workload_of
from hydra_auto.core.explanation import explain
from hydra_auto.core.matcher import decide
from hydra_auto.core.policy import resolve
from hydra_auto.core.request import RoutingRequest

HERE = Path(__file__).parent
CATALOG = HERE.parent / "fixtures" / "catalogs" / "three.yaml"


@pytest.mark.parametrize("case", sorted(path.stem for path in HERE.glob("*.yaml")))
def test_the_decision_and_its_words_are_as_kept(
    case: str,
    request: pytest.FixtureRequest,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given = yaml.safe_load((HERE / f"{case}.yaml").read_text(encoding="utf-8"))
    catalog = load_catalog(file=CATALOG).catalog
    required = prediction(*given["requirements"], **given.get("read", {}))
    wanted = RoutingRequest(text=given["text"], **given.get("request", {}))
    decision = decide(
        required,
        wanted,
        catalog,
        resolve(catalog.routing, ()),
        workload_of(wanted.context_tokens, required.tokens),
    )
    explanation = explain(decision)
    monkeypatch.setenv("COLUMNS", "100")
    timing = Timing(predict=1.0, match=0.5, total=1.5)
    show_outcome(
        Outcome(decision=decision, explanation=explanation, timing_ms=timing, model_version="none"),
        color="never",
    )
    shown = "".join(f"{line.rstrip()}\n" for line in capsys.readouterr().out.splitlines())
    found = {
        f"{case}.decision.json": json.dumps(rendered(decision_report(decision)), indent=1) + "\n",
        f"{case}.explanation.md": explanation.markdown + "\n",
        f"{case}.terminal.txt": shown,
    }
    for name, text in found.items():
        if request.config.getoption("--update-golden"):
            (HERE / name).write_text(text, encoding="utf-8")
        assert text == (HERE / name).read_text(encoding="utf-8")
