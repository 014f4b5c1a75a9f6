from __future__ import annotations

import pytest
import torch
from transformers import ModernBertModel

from hydra_auto.training.config import StudentConfig
from hydra_auto.training.copy_initialisation import copy_initialise
from hydra_auto.training.student import (
    RequirementModel,
    build_bert,
    build_teacher,
    fewer_layers,
    mean_pool,
    recorded_views,
    student_config,
    teacher_view_of,
)

pytestmark = pytest.mark.train


def small_student(state, layers=4):
    vocabulary, width = state["embeddings.word_embeddings.weight"].shape
    shape = StudentConfig(layers=layers, local_window=16)
    return ModernBertModel(student_config(vocabulary, width, 64, 2, shape)).eval()


def ids_and_mask():
    ids = torch.arange(4, 40).reshape(2, 18) % 30 + 4
    mask = torch.ones_like(ids)
    mask[1, 9:] = 0
    return ids, mask


def test_our_attention_is_the_librarys_eager_attention(teacher_state):
    ours = small_student(teacher_state)
    theirs = ModernBertModel(ours.config).eval()
    theirs.load_state_dict(ours.state_dict())
    theirs.set_attn_implementation("eager")
    ids, mask = ids_and_mask()
    with torch.no_grad():
        mine = ours(input_ids=ids, attention_mask=mask).last_hidden_state
        library = theirs(input_ids=ids, attention_mask=mask).last_hidden_state
    assert torch.allclose(mine[mask.bool()], library[mask.bool()], atol=1e-5)


def test_a_shorter_bert_keeps_every_nth_layer_and_the_last(teacher_state):
    short = build_bert(fewer_layers(teacher_state, 2), heads=2).state_dict()
    assert len([name for name in short if name.endswith("intermediate.dense.bias")]) == 2
    for mine, theirs in ((0, 1), (1, 3)):
        name = "attention.self.query.weight"
        kept = teacher_state[f"encoder.layer.{theirs}.{name}"]
        assert torch.equal(short[f"encoder.layer.{mine}.{name}"], kept)


def test_a_shorter_model_can_start_from_a_fine_tuned_one(teacher_state):
    long = RequirementModel(build_bert(teacher_state, heads=2), 32).state_dict()
    short = RequirementModel(build_bert(fewer_layers(teacher_state, 2), heads=2), 32)
    short.load_state_dict(fewer_layers(long, 2))
    query = "attention.self.query.weight"
    assert torch.equal(short.heads.weight, long["heads.weight"])
    assert torch.equal(
        short.state_dict()[f"encoder.encoder.layer.0.{query}"], long[f"encoder.encoder.layer.1.{query}"]
    )


@pytest.mark.parametrize("layers", [2, 4])
def test_student_and_teacher_views_pair_up_from_first_to_last(teacher_state, layers):
    teacher, student = build_teacher(teacher_state, heads=2), small_student(teacher_state, layers)
    ids, mask = ids_and_mask()
    with torch.no_grad(), recorded_views(teacher) as theirs, recorded_views(student) as mine:
        teacher(input_ids=ids, attention_mask=mask)
        last = student(input_ids=ids, attention_mask=mask).last_hidden_state
    assert (len(theirs), len(mine)) == (9, 2 * layers + 1)
    assert torch.equal(mine[-1], last)
    matches = [teacher_view_of(view, layers, 4) for view in range(len(mine))]
    assert (matches[0], matches[-1]) == (0, 8)
    assert matches == sorted(set(matches))


def test_a_copied_student_starts_nearer_to_the_teacher_than_a_random_one(teacher_state):
    torch.manual_seed(0)
    teacher, student = build_teacher(teacher_state, heads=2), small_student(teacher_state)
    ids, mask = ids_and_mask()

    def likeness():
        with torch.no_grad():
            mine = mean_pool(student(input_ids=ids, attention_mask=mask).last_hidden_state, mask)
            theirs = mean_pool(teacher(input_ids=ids, attention_mask=mask).last_hidden_state, mask)
        return torch.nn.functional.cosine_similarity(mine, theirs).mean().item()

    random = likeness()
    copy_initialise(teacher_state, student)
    assert likeness() > max(random, 0.5)


def test_a_copied_student_keeps_queries_times_keys(teacher_state):
    """The rotation of a head's basis is the same for queries and keys: their products do not change."""
    student = small_student(teacher_state)
    copy_initialise(teacher_state, student)
    weights = student.layers[1].attn.Wqkv.weight
    query, key = weights[:16], weights[32:48]
    prefix = "encoder.layer.1.attention.self"
    before = teacher_state[f"{prefix}.query.weight"][:16].T @ teacher_state[f"{prefix}.key.weight"][:16]
    assert torch.allclose(query.T @ key, before, atol=1e-5)


def test_mean_pooling_ignores_padding():
    hidden = torch.randn(1, 3, 8)
    padded = torch.cat([hidden, torch.full((1, 2, 8), 9.0)], 1)
    short = mean_pool(hidden, torch.ones(1, 3, dtype=torch.long))
    long = mean_pool(padded, torch.tensor([[1, 1, 1, 0, 0]]))
    assert torch.allclose(short, long)
