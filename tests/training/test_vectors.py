from __future__ import annotations

import numpy as np
import pytest

from hydra_auto.training.student import build_teacher
from hydra_auto.training.vectors import FrozenVectors, nearest_cosine

pytestmark = pytest.mark.train


def test_vectors_are_unit_length_and_computed_once(teacher_state, tokenizer, tmp_path, progress, monkeypatch):
    path = tmp_path / "vectors.npz"
    first = FrozenVectors(path, build_teacher(teacher_state, heads=2), tokenizer, progress)
    texts = ["rename this variable", "prove that the queue is linearizable", "rename this variable"]
    found = first.of(texts)
    assert np.linalg.norm(found, axis=1) == pytest.approx([1.0] * 3)
    assert np.array_equal(found[0], found[2])
    again = FrozenVectors(path, build_teacher(teacher_state, heads=2), tokenizer, progress)
    monkeypatch.setattr("hydra_auto.training.vectors.embed", None)  # a call would fail
    assert np.array_equal(again.of(texts), found)


def test_the_nearest_is_found_after_the_common_direction_is_taken_off():
    common = np.array([10.0, 0.0, 0.0])
    others = np.array([[0.0, 1.0, 0.0], [0.0, -1.0, 0.0]]) + common
    vectors = np.array([[0.0, 2.0, 0.0], [0.0, 0.0, 1.0]]) + common
    assert nearest_cosine(vectors, others) == pytest.approx([1.0, 0.0])
