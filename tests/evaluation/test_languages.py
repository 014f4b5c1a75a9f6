from __future__ import annotations

import pytest

from hydra_auto.core.catalog import Catalog
from hydra_auto.evaluation.choices import Chooser
from hydra_auto.evaluation.languages import CHAT, evaluate
from hydra_auto.evaluation.pairs import TRANSLATION, Pair
from hydra_auto.evaluation.pools import FIVE_LEVELS, pool_named
from hydra_auto.training.annotations import PARALLEL

POOL = Chooser(pool_named(FIVE_LEVELS, Catalog(models=())))


def pair(group, language, english, text):
    return Pair(source=PARALLEL, kind=TRANSLATION, language=language, group=group, english=english, text=text)


def test_equal_requirements_give_no_difference_and_the_same_model(scorer):
    pairs = [pair("1", "ru", "prove it", "доказать это"), pair("1", "de", "prove it", "prove es")]
    found = evaluate(pairs, scorer, [POOL], 1)
    overall = next(t for t in found["tables"] if t["source"] == CHAT)["overall"]
    assert overall["difference"] == [0.0, 0.0, 0.0]
    assert overall["same"][FIVE_LEVELS]["balanced"]["share"] == [1.0, 1.0, 1.0]
    assert overall["same"][FIVE_LEVELS]["balanced"]["models"] == 1


def test_differences_are_means_over_heads_by_language_with_the_worst_named(scorer):
    pairs = [
        pair("1", "fr", "prove prove", "rien"),  # reasoning 0.3 to 0.1, the others 0.15 to 0.05
        pair("2", "fr", "hello", "bonjour"),
        pair("1", "ru", "prove prove", "доказать доказать"),
    ]
    table = next(t for t in evaluate(pairs, scorer, [POOL], 1)["tables"] if t["source"] == PARALLEL)
    by_language = table["by_language"]
    assert by_language["fr"]["difference"][0] == pytest.approx((0.2 + 3 * 0.1) / 4 / 2)
    assert by_language["fr"]["by_head"]["reasoning"] == pytest.approx(0.1)
    assert by_language["ru"]["difference"][0] == 0.0
    overall = table["overall"]
    assert overall["worst_language"] == "fr"
    assert overall["mean_of_languages"][0] == pytest.approx(by_language["fr"]["difference"][0] / 2, abs=1e-4)
    assert overall["same"][FIVE_LEVELS]["quality"]["share"][0] == pytest.approx(2 / 3, abs=1e-4)
    assert overall["same"][FIVE_LEVELS]["quality"]["models"] == 2


def test_languages_that_are_not_annotated_are_apart(scorer):
    pairs = [pair("1", "sw", "hello", "habari"), pair("1", "pt-BR", "hello", "oi")]
    scopes = {t["scope"]: list(t["by_language"]) for t in evaluate(pairs, scorer, [POOL], 1)["tables"]}
    assert scopes == {"annotated": ["pt-BR"], "other": ["sw"]}


def test_each_text_is_scored_once(scorer, predictor):
    evaluate([pair(str(i), "de", "hello", "hallo") for i in range(5)], scorer, [POOL], 1)
    assert predictor.scored == 2
