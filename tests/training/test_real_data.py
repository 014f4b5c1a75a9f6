from __future__ import annotations

from pathlib import Path

import pytest

from hydra_auto.training.additions import failing_shares, read_additions
from hydra_auto.training.annotations import (
    ADDED,
    LIKE_REAL,
    OUTCOMES,
    WRITTEN,
    Split,
    check_overlap,
    make_splits,
    normalised,
    read_annotations,
)
from hydra_auto.training.corpus import TEST_ONLY, read_corpus

DATA = Path(__file__).parents[3] / "shared" / "data"

pytestmark = [
    pytest.mark.train,
    pytest.mark.data,
    pytest.mark.skipif(not DATA.is_dir(), reason=f"needs the shared data folder at {DATA}"),
]


@pytest.fixture(scope="module")
def annotated():
    items = read_annotations(DATA)
    return items, make_splits(items)


def test_the_real_splits_do_not_overlap_and_have_the_planned_sizes(annotated):
    items, splits = annotated
    check_overlap(items, splits)
    for split, share in ((Split.TRAIN, 0.8), (Split.DEV, 0.05), (Split.CALIBRATION, 0.05), (Split.TEST, 0.1)):
        assert sum(s is split for s in splits.values()) / len(items) == pytest.approx(share, abs=0.03)


def test_added_items_are_complete_and_train_only(annotated):
    items, splits = annotated
    added = read_additions(DATA, items, splits)
    both = make_splits([*items, *added])
    check_overlap([*items, *added], both)
    held_out = [item for item in added if both[item.key] is not Split.TRAIN]
    assert len(held_out) < len(added) / 50
    assert {item.source for item in added} == {WRITTEN, LIKE_REAL, ADDED, OUTCOMES}
    assert all(0.0 <= level <= 1.0 for item in added for level in item.requirements)


def test_harder_problems_by_outcome_need_more(annotated):
    items, splits = annotated
    added = [item for item in read_additions(DATA, items, splits) if item.source == OUTCOMES]
    shares = failing_shares(DATA / "benchmarks/livecodebench/outcomes.csv.gz", "v6 (2025-08)")
    problems = sorted((i for i in added if i.set_name == "livecodebench"), key=lambda i: shares[i.item_id])
    reasoning = [item.requirements[0] for item in problems]
    assert reasoning == sorted(reasoning)
    assert reasoning[-1] - reasoning[0] > 0.4


def test_the_corpus_holds_no_text_of_dev_or_test(annotated):
    items, splits = annotated
    corpus = {normalised(text) for text in read_corpus(DATA, items, splits, 1).texts}
    kept_out = [item for item in items if splits[item.key] is not Split.TRAIN]
    assert len(corpus) > 50_000
    assert not corpus & {normalised(text) for item in kept_out for text in item.texts.values()}


def test_sets_kept_for_testing_are_named_as_the_data_names_them(annotated):
    items, _ = annotated
    assert {"mgsm", "mt_bench", "naturalcodebench", "humaneval_xl_nl"} <= TEST_ONLY
    assert any(item.set_name == "naturalcodebench" for item in items)
