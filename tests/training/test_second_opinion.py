from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import Ridge

from hydra_auto.training.annotations import REAL, WRITTEN, Item
from hydra_auto.training.second_opinion import (
    Likeness,
    left_out_predictions,
    opinions_on,
    with_second_opinion,
)

pytestmark = pytest.mark.train

EASY, HARD = (0.1, 0.1, 0.0, 0.0), (0.9, 0.5, 0.0, 0.0)


def item(name, text, aims, source=REAL):
    return Item(source=source, set_name="x", item_id=name, texts={"en": text}, requirements=aims)


def messages():
    easy = [item(f"e{i}", f"rename variable {word}", EASY) for i, word in enumerate("abcdefgh")]
    hard = [item(f"h{i}", f"prove the theorem on {word}", HARD) for i, word in enumerate("ijklmnop")]
    return [*easy, *hard]


def flat_vectors(texts):
    """Vectors that tell nothing: only the words can."""
    return np.zeros((len(texts), 3), np.float32)


def test_leaving_out_in_one_step_is_leaving_out_one_by_one():
    rng = np.random.default_rng(1)
    features, aims = rng.normal(size=(12, 5)), rng.uniform(0.3, 0.7, (12, 2))
    offset = aims.mean(0)
    each = []
    for left_out in range(12):
        others = np.arange(12) != left_out
        fit = Ridge(0.7, fit_intercept=False).fit(features[others], aims[others] - offset)
        each.append(fit.predict(features[left_out : left_out + 1])[0] + offset)
    found = left_out_predictions(features @ features.T, aims, 0.7)
    assert found == pytest.approx(np.clip(each, 0, 1))


def test_a_wrong_number_is_drawn_to_what_its_likes_need():
    items = messages()
    items[0] = item("e0", "rename variable a", HARD)  # annotated by mistake
    items.append(item("c", "rename variable z", HARD, source=WRITTEN))
    found = with_second_opinion(items, 0.5, flat_vectors)
    assert 0.2 < found[0].requirements[0] < 0.7
    assert found[-1] == items[-1]  # a chat message keeps its numbers
    assert [i.key for i in found] == [i.key for i in items]
    assert with_second_opinion(items, 0.0, flat_vectors)[0].requirements == pytest.approx(HARD)


def test_other_texts_get_the_opinion_of_those_like_them():
    easy, hard = opinions_on(["rename variable q", "prove the theorem on q"], messages(), flat_vectors)
    assert easy[0] < 0.3
    assert hard[0] > 0.7


def test_a_text_is_like_itself_and_like_others_by_words_and_by_vector():
    vectors = np.array([[1.0, 0.0], [0.0, 1.0]], np.float32)
    texts = ["rename it", "prove that"]
    kernel = Likeness(texts, vectors).of(texts, vectors)
    assert np.allclose(np.diagonal(kernel), 1.6)
    assert kernel[0, 1] == pytest.approx(np.exp(-5.0 * 2), abs=0.02)
