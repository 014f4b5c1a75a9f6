from __future__ import annotations

from pathlib import Path

import pytest

from hydra_auto.training.annotations import Split, check_overlap, make_splits, normalised, read_annotations
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
    for split, share in ((Split.TRAIN, 0.8), (Split.DEV, 0.1), (Split.TEST, 0.1)):
        assert sum(s is split for s in splits.values()) / len(items) == pytest.approx(share, abs=0.03)


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
