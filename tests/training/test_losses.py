"""Each term of the loss: switched on, it prefers what it is there for; switched off, it does not care."""

from __future__ import annotations

import random

import pytest
import torch

from hydra_auto.training.annotations import REAL, Item
from hydra_auto.training.config import FinetuneConfig
from hydra_auto.training.epochs import NO_KIND, Batch, epoch_batches, epoch_units
from hydra_auto.training.losses import batch_loss

pytestmark = pytest.mark.train

NOTHING = {"squared_weight": 0.0, "absolute_weight": 0.0, "rank_weight": 0.0, "consistency_weight": 0.0}


def batch_of(aims, units=None, weights=None):
    count = len(aims)
    return Batch(
        ids=torch.zeros(count, 1),
        mask=torch.ones(count, 1),
        unit=torch.tensor(units or range(count)),
        aim=torch.tensor([[aim] * 4 for aim in aims]),
        weight=torch.tensor(weights or [1.0] * count),
        kind=torch.tensor([NO_KIND] * count),
    )


def loss_of(levels, batch, **weights):
    """The loss of texts of which each head says the same level."""
    logits = torch.tensor([[level] * 4 for level in levels]).logit()
    return float(
        batch_loss(torch.zeros(len(levels), 2), logits, batch, FinetuneConfig(**(NOTHING | weights)))
    )


@pytest.mark.parametrize(
    ("term", "expected"),
    [("squared_weight", (0.3**2 + 0.1**2) / 2), ("absolute_weight", (0.3 + 0.1) / 2)],
)
def test_the_error_of_each_text_counts(term, expected):
    batch, levels = batch_of([0.2, 0.6]), (0.5, 0.5)
    more = loss_of(levels, batch, **{term: 3.0}) - loss_of(levels, batch)
    assert more == pytest.approx(3 * expected, abs=1e-5)
    assert loss_of((0.2, 0.6), batch, **{term: 3.0}) == pytest.approx(loss_of((0.2, 0.6), batch), abs=1e-6)


def test_languages_that_get_other_numbers_cost_by_their_spread():
    batch = batch_of([0.4, 0.4, 0.9], units=[0, 0, 1])
    apart, together = (0.3, 0.5, 0.9), (0.4, 0.4, 0.9)
    costs = [
        loss_of(said, batch, consistency_weight=4.0) - loss_of(said, batch) for said in (apart, together)
    ]
    assert costs == pytest.approx([4 * 0.1**2, 0.0], abs=1e-5)


def test_languages_without_annotation_cost_by_their_spread_and_nothing_else():
    batch = batch_of([0.0, 0.0, 0.5], units=[0, 0, 1], weights=[0.0, 0.0, 1.0])
    on = {"squared_weight": 2.0, "absolute_weight": 0.5, "rank_weight": 0.2}
    alike = [loss_of((said, said, 0.5), batch, **on, consistency_weight=4.0) for said in (0.1, 0.9)]
    assert alike[0] == pytest.approx(alike[1])
    apart = loss_of((0.1, 0.9, 0.5), batch, **on, consistency_weight=4.0)
    assert apart - alike[0] == pytest.approx(4 * 0.4**2 * 1.0, abs=1e-5)


def needy(*levels):
    return [
        Item(
            source=REAL,
            set_name="own",
            item_id=str(i),
            texts={"en": "write a list"},
            requirements=(0.1, 0.0, 0.0, k),
        )
        for i, k in enumerate(levels)
    ]


def batches(items, parallel, tokenizer, **settings):
    config = FinetuneConfig(disguises=0.0, windows=((64, 1.0),), **settings)
    rng = random.Random(3)  # noqa: S311 - sampling, not secrets
    units = epoch_units(items, parallel, config, rng)
    return units, list(epoch_batches(units, tokenizer, config, rng))


@pytest.mark.parametrize("high_weight", [0.0, 1.5])
def test_a_message_counts_more_the_more_it_needs(tokenizer, high_weight):
    _, (batch,) = batches(needy(0.2, 0.9), [], tokenizer, high_weight=high_weight)
    found = dict(zip(batch.aim.amax(1).tolist(), batch.weight.tolist(), strict=True))
    wanted = {0.2: 1 + high_weight * 0.04, 0.9: 1 + high_weight * 0.81}
    assert {round(need, 3): weight for need, weight in found.items()} == pytest.approx(wanted)


def test_a_text_with_twice_the_weight_counts_twice():
    batch = batch_of([0.2, 0.9], weights=[1.0, 2.0])
    wrong_low, wrong_high = (
        loss_of(said, batch, absolute_weight=1.0) - loss_of(said, batch) for said in ((0.5, 0.9), (0.2, 0.6))
    )
    assert wrong_low == pytest.approx(0.3 / 3, abs=1e-5)
    assert wrong_high == pytest.approx(2 * 0.3 / 3, abs=1e-5)


def test_so_many_parallel_texts_are_shown_without_numbers_in_english_and_one_other(tokenizer):
    parallel = [{"en": f"this {word}", "fr": f"ce {word}", "ja": f"kore {word}"} for word in ("a", "b", "c")]
    units, (batch,) = batches(needy(0.5), parallel, tokenizer, unlabelled_pairs=2)
    annotated, *bound = units
    assert annotated.requirements is not None
    assert len(bound) == 2
    for unit in bound:
        assert unit.requirements is None
        english, other = unit.texts
        assert english.startswith("this")
        assert other[-1] == english[-1]
        assert not other.startswith("this")
    assert batch.weight.count_nonzero() == 1
    assert torch.bincount(batch.unit).tolist().count(2) == 2
    assert len(batches(needy(0.5), parallel, tokenizer, unlabelled_pairs=9)[0]) == 4  # there are no more
    assert len(batches(needy(0.5), parallel, tokenizer, unlabelled_pairs=0)[0]) == 1
