from __future__ import annotations

import numpy as np
import pytest

from hydra_auto.training import vectors
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
    asked = np.array([[0.0, 2.0, 0.0], [0.0, 0.0, 1.0]]) + common
    assert nearest_cosine(asked, others) == pytest.approx([1.0, 0.0])


class Interrupted(Exception):
    pass


def test_an_interruption_loses_one_piece_only(teacher_state, tokenizer, tmp_path, progress, monkeypatch):
    monkeypatch.setattr(vectors, "_PIECE", 2)
    texts = list("abcdefg")
    teacher, embedded = build_teacher(teacher_state, heads=2), []

    def embed(teacher, sequences):
        if len(embedded) == 5:
            raise Interrupted
        embedded.append(len(sequences))
        return original(teacher, sequences)

    original = vectors.embed
    monkeypatch.setattr(vectors, "_CHUNK", 1)
    monkeypatch.setattr(vectors, "embed", embed)
    kept = tmp_path / "vectors.npz"
    with pytest.raises(Interrupted):
        FrozenVectors(kept, teacher, tokenizer, progress).of(texts)
    monkeypatch.setattr(vectors, "embed", original)
    again = []
    monkeypatch.setattr(vectors, "embed", lambda *given: again.append(1) or original(*given))
    found = FrozenVectors(kept, teacher, tokenizer, progress).of(texts)
    assert len(again) == 3  # of seven, two whole pieces of two were kept
    whole = FrozenVectors(tmp_path / "other.npz", teacher, tokenizer, progress).of(texts)
    assert np.array_equal(found, whole)
    monkeypatch.setattr(vectors, "embed", None)
    assert np.array_equal(FrozenVectors(kept, teacher, tokenizer, progress).of(texts), whole)


def test_a_damaged_piece_is_computed_again(teacher_state, tokenizer, tmp_path, progress, caplog):
    kept, teacher = tmp_path / "vectors.npz", build_teacher(teacher_state, heads=2)
    found = FrozenVectors(kept, teacher, tokenizer, progress).of(["rename it"])
    kept.write_bytes(kept.read_bytes()[:100])
    assert np.array_equal(FrozenVectors(kept, teacher, tokenizer, progress).of(["rename it"]), found)
    assert "vectors.npz is damaged" in caplog.text


def test_vectors_that_are_known_show_no_bar(teacher_state, tokenizer, tmp_path, progress):
    frozen = FrozenVectors(
        tmp_path / "vectors.npz", build_teacher(teacher_state, heads=2), tokenizer, progress
    )
    frozen.of(["rename it"])
    frozen.of(["rename it"])
    assert [task.total for task in progress.tasks] == [1]
    assert progress.finished
