from __future__ import annotations

import pytest

from hydra_auto.core.catalog import Catalog
from hydra_auto.evaluation.choices import Chooser
from hydra_auto.evaluation.languages.pairs import CODE_SWITCHED, TRANSLATION, Pair, Scope
from hydra_auto.evaluation.languages.report import CHAT, evaluate
from hydra_auto.evaluation.pools import FIVE_LEVELS, pool_named
from hydra_auto.training.annotations import PARALLEL

POOL = Chooser(pool_named(FIVE_LEVELS, Catalog(models=())))


def pair(group, language, english, text, scope=Scope.ANNOTATED, translation=None):
    return Pair(
        source=PARALLEL,
        kind=CODE_SWITCHED if translation else TRANSLATION,
        language=language,
        scope=scope,
        group=group,
        english=english,
        text=text,
        translation=translation or text,
    )


def test_equal_requirements_give_no_difference_and_the_same_model(scorer):
    pairs = [pair("1", "ru", "prove it", "доказать это"), pair("1", "de", "prove it", "prove es")]
    found = evaluate(pairs, scorer, [POOL], 1)
    overall = next(t for t in found["tables"] if t["source"] == CHAT)["overall"]
    assert overall["difference"] == [0.0, 0.0, 0.0]
    assert overall["same"][FIVE_LEVELS]["balanced"]["share"] == [1.0, 0.025, 1.0]  # one item
    assert overall["same"][FIVE_LEVELS]["balanced"]["models"] == 1


def test_differences_are_means_over_heads_by_language_with_the_worst_named(scorer, monkeypatch):
    pairs = [
        pair("1", "fr", "prove prove", "rien"),  # reasoning 0.3 to 0.1, the others 0.15 to 0.05
        pair("2", "fr", "hello", "bonjour"),
        pair("1", "ru", "prove prove", "доказать доказать"),
    ]
    monkeypatch.setattr("hydra_auto.evaluation.languages.report.FEWEST_ITEMS", 1)
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


def test_a_language_of_a_few_items_is_not_called_the_worst(scorer):
    pairs = [pair(str(i), "de", "prove it", "prove es") for i in range(5)]
    pairs += [pair(str(i), "fr", "prove it", "rien") for i in range(4)]
    overall = evaluate(pairs, scorer, [POOL], 1)["tables"][0]["overall"]
    assert overall["worst_language"] == "de"
    few = evaluate(pairs[:4], scorer, [POOL], 1)["tables"][0]["overall"]
    assert few["worst_language"] is None


def test_a_mixed_text_is_held_against_the_translation_of_the_same_pairs(scorer):
    mixed = pair("1", "fr", "prove prove", "prove rien", translation="rien rien")
    tables = evaluate([mixed, pair("2", "fr", "hello", "bonjour")], scorer, [POOL], 1)["tables"]
    overall = next(t for t in tables if t["kind"] == CODE_SWITCHED)["overall"]
    assert overall["pairs"] == 1
    assert overall["difference"][0] == pytest.approx((0.1 + 3 * 0.05) / 4)
    assert overall["difference_translated"][0] == pytest.approx((0.2 + 3 * 0.1) / 4)


@pytest.mark.parametrize(("common", "models"), [(98, 2), (99, 1)])
def test_a_model_is_in_use_with_two_percent_of_the_english_texts(scorer, common, models):
    hard = " ".join(["prove"] * 8)
    pairs = [pair(str(i), "fr", "hello", hard) for i in range(common)]
    pairs += [pair(f"h{i}", "fr", hard, "rien") for i in range(100 - common)]
    same = evaluate(pairs, scorer, [POOL], 1)["tables"][0]["overall"]["same"][FIVE_LEVELS]["balanced"]
    assert same == {"share": [0.0, 0.0, 0.0362], "models": models, "largest_share": common / 100}


def test_languages_are_apart_by_what_fine_tuning_has_of_them(scorer):
    pairs = [
        pair("1", "sw", "hello", "habari", Scope.NEW),
        pair("1", "pt-BR", "hello", "oi"),
        pair("1", "fi", "hello", "hei", Scope.UNLABELLED),
    ]
    tables = [t for t in evaluate(pairs, scorer, [POOL], 1)["tables"] if t["source"] == PARALLEL]
    assert {t["scope"]: list(t["by_language"]) for t in tables} == {
        "annotated": ["pt-BR"],
        "unlabelled": ["fi"],
        "new": ["sw"],
    }


def test_each_text_is_scored_once(scorer, predictor):
    evaluate([pair(str(i), "de", "hello", "hallo") for i in range(5)], scorer, [POOL], 1)
    assert predictor.scored == 2
