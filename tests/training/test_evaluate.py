from __future__ import annotations

import json
import os

import numpy as np
import pytest

from hydra_auto.adapters.catalog_files import built_in_path, load_catalog
from hydra_auto.adapters.model_files import CARD, ENCODER, TOKENIZER
from hydra_auto.training.calibration import Calibration, calibration_error
from hydra_auto.training.config import RunConfig, TrainingFailed
from hydra_auto.training.evaluate import card_metrics, same_decisions
from hydra_auto.training.export import write_card
from hydra_auto.training.metrics import TABLES

pytestmark = pytest.mark.train


def test_decisions_are_the_same_as_far_as_requirements_lead_to_the_same_model():
    catalog = load_catalog(file=built_in_path()).catalog
    easy, hard = [0.1, 0.05, 0.0, 0.0], [0.97, 0.97, 0.97, 0.97]
    found = same_decisions(np.array([easy, easy, hard, hard]), np.array([easy, hard, easy, hard]), catalog)
    assert set(found) == {"copilot", "all", "five levels"}
    assert {share for shares in found.values() for share in shares.values()} == {0.5}


NOT_CALIBRATED = Calibration((1.0,) * 4, (0.0,) * 4, (0.0,) * 4)


@pytest.fixture
def folder(tmp_path):
    for name in (ENCODER, TOKENIZER):
        (tmp_path / name).write_bytes(b"x")
    return tmp_path


def test_the_card_tells_how_well_levels_are_calibrated(folder, items):
    aims = np.array([item.requirements for item in items])
    sides = {"before": calibration_error(aims / 2, aims), "after": calibration_error(aims, aims)}
    numbers = dict.fromkeys(("spearman_mean", "spearman_largest", "mean_absolute_error", "high_found"))
    quality = dict.fromkeys(TABLES, numbers) | {"translation_difference": {"mean": 0.0}}
    report = dict.fromkeys(("int8_against_fp32", "same_decisions", "stuffing", "speed"))
    report |= {"test": {"encoder, int8": quality}, "calibration": {"encoder, int8": sides}}
    found = Calibration((2.0, 1.0, 1.0, 1.0), (0.5, 0.0, 0.0, 0.0), (0.0, 0.0, 0.05, 0.0))
    write_card(folder, RunConfig(), found, {}, card_metrics(report), "tiny")
    card = json.loads((folder / CARD).read_text(encoding="utf-8"))
    assert Calibration(**{name: tuple(values) for name, values in card["calibration"].items()}) == found
    told = card["metrics"]["calibration"]["encoder, int8"]
    assert told["after"] == {"brier": [0.0] * 4, "ece": [0.0] * 4}
    assert min(told["before"]["brier"] + told["before"]["ece"]) > 0


@pytest.mark.parametrize("beyond", [0, 1])
def test_no_model_beyond_65_mb_is_given_a_card(folder, beyond):
    os.truncate(folder / ENCODER, 65_000_000 - 1 + beyond)  # the tokenizer has one byte
    if not beyond:
        write_card(folder, RunConfig(), NOT_CALIBRATED, {}, {}, "tiny")
        assert (folder / CARD).exists()
        return
    with pytest.raises(TrainingFailed, match="at most 65"):
        write_card(folder, RunConfig(), NOT_CALIBRATED, {}, {}, "tiny")
    assert not (folder / CARD).exists()
