# ruff: noqa: S311 - no secrets here
from __future__ import annotations

import random

import pytest
import torch

from hydra_auto.training import attacks
from hydra_auto.training.attacks import attacked
from hydra_auto.training.batches import padded
from hydra_auto.training.epochs import NO_KIND, Batch
from hydra_auto.training.student import CLS, SEP, RequirementModel, build_bert

pytestmark = pytest.mark.train

TOKENS = (4, 10)
SEQUENCES = ([CLS, 11, 12, 13, SEP], [CLS, 14, SEP], [CLS, 15, 16, 17, 18, 19, SEP], [CLS, 20, 21, SEP])


@pytest.fixture
def model(teacher_state):
    torch.manual_seed(5)
    model = RequirementModel(build_bert(teacher_state, heads=2), 32)
    torch.nn.init.normal_(model.heads.weight, std=1.0)
    return model


def batch_of(sequences=SEQUENCES, weights=(1.0, 1.0, 1.0, 0.0)):
    ids, mask = padded(sequences)
    count = len(sequences)
    return Batch(
        ids=ids,
        mask=mask,
        unit=torch.arange(count),
        aim=torch.full((count, 4), 0.3),
        weight=torch.tensor(weights),
        kind=torch.full((count,), NO_KIND),
    )


def without_padding(batch, row):
    return batch.ids[row][batch.mask[row] == 1].tolist()


@pytest.mark.parametrize("seed", range(12))
def test_an_attack_adds_words_of_the_batch_and_takes_none_away(model, seed):
    plain = batch_of()
    changed = attacked(model, plain, 1.0, TOKENS, random.Random(seed))
    words = set(range(11, 22))
    for row, sequence in enumerate(SEQUENCES[:3]):
        found = without_padding(changed, row)
        more = len(found) - len(sequence)
        assert TOKENS[0] <= more <= TOKENS[1]
        starts = [i for i in range(1, len(sequence)) if found[:i] + found[i + more :] == sequence]
        assert any(set(found[i : i + more]) <= words for i in starts)
    assert without_padding(changed, 3) == SEQUENCES[3]  # has no annotation
    assert changed.aim is plain.aim
    assert plain.ids.equal(batch_of().ids)


def test_no_share_and_long_texts_are_left_alone(model):
    plain = batch_of()
    assert attacked(model, plain, 0.0, TOKENS, random.Random(1)) is plain
    long = batch_of([[CLS, *[11] * (attacks._LONGEST - 1), SEP]], [1.0])
    assert attacked(model, long, 1.0, TOKENS, random.Random(1)) is long


@pytest.mark.parametrize("upwards", [1.0, 0.0])
def test_chosen_words_move_the_largest_requirement_further_than_random_ones(model, monkeypatch, upwards):
    monkeypatch.setattr(attacks, "_UPWARDS", upwards)

    def largest(rounds):
        monkeypatch.setattr(attacks, "_ROUNDS", rounds)
        said = []
        for seed in range(20):
            batch = attacked(model, batch_of(), 1.0, TOKENS, random.Random(seed))
            with torch.no_grad():
                said.append(model(batch.ids, batch.mask)[:3].amax(1).mean().item())
        return sum(said) / len(said)

    way = 1 if upwards else -1
    assert way * (largest(2) - largest(0)) > 0.1


def test_the_model_learns_nothing_from_being_attacked(model):
    before = {name: value.clone() for name, value in model.state_dict().items()}
    attacked(model, batch_of(), 1.0, TOKENS, random.Random(2))
    assert all(value.equal(before[name]) for name, value in model.state_dict().items())
    assert all(value.grad is None for value in model.parameters())
