from __future__ import annotations

import re

import numpy as np
import pytest
from rich.progress import Progress
from scipy.special import expit, logit

from hydra_auto.training.annotations import BILINGUAL, REAL, Item
from hydra_auto.training.calibration_comparison import (
    BOTH,
    HeldOut,
    compare_calibrations,
    markdown,
    scores_of,
)
from hydra_auto.training.calibrators import NONE, WAYS

pytestmark = pytest.mark.train

REAL_ONES, CHAT, ALL = "Real messages", "Chat messages", "Real and chat messages"
FREE = "scale and shift"


def held_out(name, factors, count=300, group="{}", sources=(REAL, BILINGUAL)):
    """A split whose heads multiply the logits of the annotated requirements by a factor a source."""
    rng = np.random.default_rng(len(name))
    items, levels = [], []
    for number in range(count):
        source = sources[number % len(sources)]
        requirements = rng.uniform(0.05, 0.95, 4)
        item = Item(
            source=source,
            set_name=name,
            item_id=f"{group.format(number)}#{number}",
            texts=dict.fromkeys(["en"] if source == REAL else ["en", "fr"], f"{name} {number}"),
            requirements=tuple(requirements),
        )
        items.append(item)
        levels += [expit(factors[source] * logit(requirements))] * len(item.texts)
    return HeldOut(name=name, items=items, levels=np.array(levels))


def compared(dev, calibration):
    with Progress(disable=True) as progress:
        return compare_calibrations(dev, calibration, 1.0, 3, progress)


def test_the_way_that_fits_is_better_than_none_and_by_how_much():
    halved = {REAL: 0.5, BILINGUAL: 0.5}
    dev = held_out("dev", halved)
    found = compared(dev, held_out("calibration", halved))
    assert found.keys() == {REAL_ONES, CHAT, ALL}
    gap = np.abs(dev.levels - [i.requirements for i in dev.items for _ in i.texts])
    for kind in found:
        for split in ("dev", "calibration", BOTH):
            none = found[kind][NONE, split]
            assert none.error == none.brier == (0, 0, 0)
            for way in ("temperature", FREE, "beta", "isotonic"):
                assert np.mean(found[kind][way, split].scores.error) < 0.005
                assert found[kind][way, split].error.high < 0
                assert found[kind][way, split].brier.high < 0
    assert np.mean(found[ALL][NONE, "dev"].scores.error) == pytest.approx(gap.mean())
    assert found[ALL]["temperature", "dev"].error.value == pytest.approx(-gap.mean(), abs=0.001)
    assert found[ALL]["temperature", "dev"].brier.value == pytest.approx(-(gap**2).mean(), abs=0.001)


def test_what_is_scored_is_not_what_was_fitted():
    halved, doubled = ({REAL: factor, BILINGUAL: factor} for factor in (0.5, 2.0))
    found = compared(held_out("dev", halved), held_out("calibration", doubled))
    for split in ("dev", "calibration", BOTH):
        for way in ("temperature", FREE, "beta", "isotonic"):
            assert found[ALL][way, split].error.low > 0.02


def test_real_and_chat_messages_are_scored_apart():
    found = compared(*(held_out(name, {REAL: 1.0, BILINGUAL: 0.5}) for name in ("dev", "calibration")))
    errors = {kind: np.mean(found[kind][NONE, "dev"].scores.error) for kind in found}
    assert errors[REAL_ONES] == pytest.approx(0)
    assert errors[CHAT] > 0.05
    assert errors[ALL] == pytest.approx(errors[CHAT] * 2 / 3, rel=0.01)  # two texts an item, one of real ones
    assert found[REAL_ONES][FREE, "dev"].error.low > 0 > found[CHAT][FREE, "dev"].error.high


def test_both_is_the_mean_of_the_splits_by_their_texts():
    factors = {REAL: 0.5, BILINGUAL: 0.7}
    found = compared(held_out("dev", factors, count=100), held_out("calibration", factors, count=300))[CHAT]
    for way in WAYS:
        few, many, both = (found[way, split] for split in ("dev", "calibration", BOTH))
        assert (few.texts, many.texts, both.texts) == (100, 300, 400)
        assert both.error.value == pytest.approx((few.error.value + 3 * many.error.value) / 4)
        for score in ("brier", "ece", "error", "spearman", "largest"):
            low, high = getattr(few.scores, score), getattr(many.scores, score)
            assert getattr(both.scores, score) == pytest.approx((low + 3 * high) / 4)


def test_levels_of_two_fits_are_not_put_in_one_order():
    halved, doubled = ({REAL: factor, BILINGUAL: factor} for factor in (0.5, 2.0))
    found = compared(held_out("dev", halved), held_out("calibration", doubled))
    assert found[ALL][FREE, BOTH].scores.spearman == pytest.approx([1.0] * 4)


def test_intervals_redraw_whole_groups():
    factors = {REAL: 0.5, BILINGUAL: 0.5}
    dev = held_out("dev", factors, group="one")
    difference = compared(dev, held_out("calibration", factors))[ALL][FREE, "dev"].error
    assert difference.low == pytest.approx(difference.high)  # there is one group to draw
    assert difference.value < -0.05


def test_a_kind_that_a_split_lacks_has_no_table():
    factors = {REAL: 0.5, BILINGUAL: 0.5}
    found = compared(held_out("dev", factors), held_out("calibration", factors, sources=(REAL,)))
    assert found.keys() == {REAL_ONES, ALL}


def test_isotonic_levels_lose_an_order_within_their_ties():
    dev, calibration = (held_out(name, {REAL: 1.0, BILINGUAL: 1.0}) for name in ("dev", "calibration"))
    noisy = np.random.default_rng(5).uniform(-0.3, 0.3, calibration.levels.shape)
    said = HeldOut(
        name="calibration", items=calibration.items, levels=(calibration.levels + noisy).clip(0, 1)
    )
    found = compared(dev, said)[ALL]
    assert np.mean(found[NONE, "dev"].scores.spearman) == pytest.approx(1)
    assert np.mean(found[FREE, "dev"].scores.spearman) == pytest.approx(1)
    assert 0.9 < np.mean(found["isotonic", "dev"].scores.spearman) < 0.999


def test_scores_are_those_of_their_definitions():
    aims = np.array([[0.0, 0.2, 0.4, 0.6], [0.1, 0.3, 0.5, 0.7], [0.2, 0.4, 0.6, 0.9]])
    said = aims.copy()
    said[:, 1] += 0.1
    said[:, 2] = 0.5
    said[:, 3] = aims[::-1, 3]
    found = scores_of(aims, said)
    assert found.brier == pytest.approx([0, 0.01, 0.02 / 3, 0.06], abs=1e-4)
    assert found.ece == pytest.approx([0, 0.1, 0, 0.2], abs=1e-4)
    assert found.error == pytest.approx([0, 0.1, 0.2 / 3, 0.2])
    assert found.spearman == pytest.approx([1, 1, 0, -1])
    assert found.largest == pytest.approx(-1)


def test_the_report_has_a_row_a_way_and_split_in_both_tables():
    found = compared(*(held_out(name, {REAL: 0.5, BILINGUAL: 0.5}) for name in ("dev", "calibration")))
    report = markdown(found)
    for section in report.split("\n## ")[1:]:
        kind = section.splitlines()[0]
        for way in WAYS:
            for split in ("dev", "calibration", BOTH):
                means, heads = re.findall(
                    rf"^\| {re.escape(way)} \| {split} \| (.*) \|$", section, re.MULTILINE
                )
                comparison = found[kind][way, split]
                assert means.startswith(f"{np.mean(comparison.scores.brier):.4f} | ")
                assert f"{np.mean(comparison.scores.error):.4f} | " in means
                assert (f"{comparison.error.value:+.4f} (" in means) == (way != NONE)
                assert heads.count("|") == 3
                assert f" / {comparison.scores.error[3]:.4f} / " in heads.split("|")[3]
