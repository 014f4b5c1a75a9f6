# ruff: noqa: RUF001
from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from eval_data import needs, write_annotations, write_rows
from hydra_auto.evaluation.languages.pairs import (
    ANNOTATED,
    CODE_SWITCHED,
    ROMANISATION,
    TEST_SETS,
    TLDR,
    TRANSLATION,
    Scope,
    annotated_pairs,
    code_switched,
    is_held_out,
    read_pairs,
    sentences,
)
from hydra_auto.evaluation.languages.transliteration import hindi_in_latin, russian_in_latin
from hydra_auto.training.annotations import BILINGUAL, Item, Split, make_splits, read_annotations


@pytest.mark.parametrize(
    ("russian", "latin"),
    [
        ("Почему это не работает?", "Pochemu eto ne rabotaet?"),
        ("Щука, ёж и подъезд", "Shchuka, yozh i podezd"),
        ("ошибка в app.py", "oshibka v app.py"),
    ],
)
def test_russian_is_typed_in_latin_letters(russian, latin):
    assert russian_in_latin(russian) == latin


@pytest.mark.parametrize(
    ("hindi", "latin"),
    [
        ("नमस्ते", "namaste"),
        ("यह काम नहीं करता।", "yah kaam naheen karataa."),
        ("क्या error है", "kyaa error hai"),
        ("लाइन ३०", "laain 30"),
    ],
)
def test_hindi_is_typed_in_latin_letters(hindi, latin):
    assert hindi_in_latin(hindi) == latin


def test_romanised_text_holds_no_letter_of_the_script():
    assert not any("\u0900" <= c <= "\u097f" for c in hindi_in_latin("कृपया इस फ़ंक्शन को ठीक कीजिए, ज़रूरी है।"))
    assert not any("\u0400" <= c <= "\u04ff" for c in russian_in_latin("Съешь ещё этих мягких булок"))


def test_sentences_end_in_any_script():
    assert sentences("One. Two! 三。四？पाँच। छह") == ["One.", "Two!", "三。", "四？", "पाँच।", "छह"]
    assert sentences("version 1.2 of app.py") == ["version 1.2 of app.py"]


def test_every_other_sentence_is_english_where_both_have_as_many():
    assert code_switched("A. B. C.", "Х. Ъ. Ц.") == "A. Ъ. C."


def test_else_the_first_half_is_english():
    assert code_switched("A. B. C. D.", "Х. Ъ.") == "A. B. Ъ."


def test_a_single_sentence_is_not_switched():
    assert code_switched("Fix it.", "Почини.") is None


def test_an_item_gives_translations_switched_and_romanised_pairs():
    item = Item(
        source=BILINGUAL,
        set_name=BILINGUAL,
        item_id="1",
        texts={"en": "Fix it. Now.", "ru": "Почини. Сейчас.", "de": "Reparier es. Jetzt."},
        requirements=(0.1,) * 4,
    )
    kinds = [(pair.language, pair.kind) for pair in annotated_pairs([item])]
    assert kinds == [
        ("ru", TRANSLATION),
        ("ru", CODE_SWITCHED),
        ("ru", ROMANISATION),
        ("de", TRANSLATION),
        ("de", CODE_SWITCHED),
    ]
    assert {pair.scope for pair in annotated_pairs([item])} == {Scope.ANNOTATED}


def test_every_text_comes_with_the_whole_translation_that_it_was_made_from():
    item = Item(
        source=BILINGUAL,
        set_name=BILINGUAL,
        item_id="1",
        texts={"en": "Fix it. Now.", "ru": "Почини. Сейчас."},
        requirements=(0.1,) * 4,
    )
    made = {pair.kind: (pair.text, pair.translation) for pair in annotated_pairs([item])}
    assert made == {
        TRANSLATION: ("Почини. Сейчас.", "Почини. Сейчас."),
        CODE_SWITCHED: ("Fix it. Сейчас.", "Почини. Сейчас."),
        ROMANISATION: ("Pochini. Seychas.", "Почини. Сейчас."),
    }


def test_the_annotated_languages_are_those_of_our_annotations():
    lines = (Path(__file__).parents[2] / "sidecar" / "annotations" / "chat.jsonl").open(encoding="utf-8")
    with lines:
        found = {language.split("-")[0] for line in lines for language in json.loads(line)["texts"]}
    assert found == ANNOTATED


def test_what_is_held_out_here_is_what_the_training_corpus_holds_out():
    pytest.importorskip("torch", reason="needs the train extra")
    corpus = pytest.importorskip("hydra_auto.training.corpus", reason="needs the train extra")
    ids = [f"common/page{i}#{i % 3}" for i in range(300)]
    ours = [is_held_out("tldr", i) for i in ids]
    assert ours == [corpus._is_held_out("tldr", i) for i in ids]
    assert 0 < sum(ours) < 40


def test_a_language_is_new_only_where_fine_tuning_never_meets_it(tmp_path):
    """Every set, of training or not, has a language of its own, and all of those are tested on."""
    pytest.importorskip("torch", reason="needs the train extra")
    corpus = pytest.importorskip("hydra_auto.training.corpus", reason="needs the train extra")
    sets = sorted({*corpus._REQUEST_LIKE, *corpus.TEST_ONLY, "blockly"})
    rows = [
        {"set": name, "item_id": f"page{page}", "lang": lang, "text": f"{name} {page} {lang}"}
        for i, name in enumerate(sets)
        for page in range(40)
        for lang in ("en", f"q{i}")
    ]
    languages = ("en", "fr", *(f"q{i}" for i in range(len(sets))))
    rows += [{"set": "mgsm", "item_id": "1", "lang": lang, "text": f"1 {lang}"} for lang in languages]
    write_rows(tmp_path / "multilingual" / "parallel.jsonl.gz", rows)
    write_annotations(tmp_path)
    pairs = read_pairs(tmp_path, 0, 1)
    assert {pair.source for pair in pairs} == {*TEST_SETS, TLDR}
    met = {language for texts in corpus.consistency_groups(tmp_path) for language in texts} - ANNOTATED
    scopes = {scope: {pair.language for pair in pairs if pair.scope is scope} for scope in Scope}
    assert len(met) == len(corpus._REQUEST_LIKE)
    assert scopes == {
        Scope.ANNOTATED: {"fr"},
        Scope.UNLABELLED: met,
        Scope.NEW: set(languages) - {"en", "fr"} - met,
    }


def test_a_limit_takes_pairs_in_proportion_to_those_of_each_language(tmp_path):
    rows = [
        {"set": "mgsm", "item_id": f"{page}", "lang": lang, "text": f"{page} {lang}"}
        for page in range(60)
        for lang in ("en", "fr", "sw")
        if page < 20 or lang != "sw"
    ]
    write_rows(tmp_path / "multilingual" / "parallel.jsonl.gz", rows)
    write_annotations(tmp_path)
    for seed in range(5):
        assert Counter(pair.language for pair in read_pairs(tmp_path, 8, seed)) == {"fr": 6, "sw": 2}


def test_pairs_of_test_sets_are_read_and_others_are_not(tmp_path):
    rows = [
        {"set": name, "item_id": "1", "lang": lang, "text": f"{name} {lang}"}
        for name in ("mgsm", "django_docs")
        for lang in ("en", "sw", "fr")
    ]
    write_rows(tmp_path / "multilingual" / "parallel.jsonl.gz", rows)
    write_annotations(tmp_path)
    pairs = read_pairs(tmp_path, 0, 1)
    assert [(p.source, p.language, p.scope) for p in pairs] == [
        ("mgsm", "sw", Scope.UNLABELLED),  # by the other set, which fine-tuning reads
        ("mgsm", "fr", Scope.ANNOTATED),
    ]
    assert len(read_pairs(tmp_path, 1, 1)) == 1


def test_a_test_set_lends_no_text_that_was_annotated_for_training(tmp_path):
    rows = [
        {"set": "mgsm", "item_id": i, "lang": lang, "text": f"problem {i} {lang}"}
        for i in "12"
        for lang in ("en", "sw")
    ]
    write_rows(tmp_path / "multilingual" / "parallel.jsonl.gz", rows)
    problem = {"set": "zeroeval_gsm8k", "id": "x-#11", "lang": "en", "r": needs(0.1), "text": "Problem 1, en"}
    write_annotations(tmp_path, requirements=[problem])
    assert set(make_splits(read_annotations(tmp_path)).values()) == {Split.TRAIN}
    assert [p.english for p in read_pairs(tmp_path, 0, 1)] == ["problem 2 en"]
