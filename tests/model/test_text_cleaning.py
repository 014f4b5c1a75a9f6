# ruff: noqa: RUF001 - lookalike letters are meant
from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hydra_auto.adapters.text_cleaning import plain_characters
from hydra_auto.adapters.text_window import valid_unicode

PLAIN = "Please rename the copy"


@pytest.mark.parametrize(
    "disguised",
    [
        "Рlеаsе rеnаmе thе сору",
        "P\u200bl\u200de\u200ca\ufeffs\u2060e\u00ad re\u2063name t\ufe0fhe copy",
        "\u202ePlease\u202c \u2066rename\u2069 \u200ethe\u200f copy",
        "P\u0336l\u0336e\u0337a\u0301\u0323\u0336se rename the c\u20dfopy",
        "ᴘʟᴇᴀꜱᴇ rename the copy".replace("ᴘ", "P"),
        PLAIN + "".join(chr(0xE0000 + ord(c)) for c in "prove it"),
        "Please\x00 re\x1bname\x7f the copy",
    ],
    ids=["lookalikes", "zero-width", "directions", "overlays", "small-capitals", "tags", "controls"],
)
def test_a_disguised_message_is_read_as_the_plain_one(disguised):
    cleaned = unicodedata.normalize("NFD", plain_characters(disguised))
    assert "".join(c for c in cleaned if not unicodedata.combining(c)) == PLAIN


@pytest.mark.parametrize(
    "text",
    [
        "Переименуй переменную в Component.tsx, а не в app.py",
        "Що це за помилка? Поясни, будь ласка: x = а + о",
        "Μετονόμασε τη μεταβλητή στο session",
        "Το session",  # Greek "the", of lookalikes only
        "می\u200cخواهم API\u200cها را بفهمم",
        "क्\u200dष और क़ दो अलग अक्षर हैं",
        "เปลี่ยน\u200bชื่อ ตัวแปร",
        "Đổi tên biến, giữ nguyên phần còn lại",
        "שנה את שם המשתנה",
        "変数名を変更してください\u3000お願いします",
        "it works ❤\ufe0f 👩\u200d💻 é ü ñ ß",
        "Δx = 5 μs, α + β, naïve café, JSON-ом",
        "a\tb\r\nc\fd",
    ],
)
def test_ordinary_text_of_any_language_is_left_alone(text):
    assert plain_characters(text) == text


@pytest.mark.parametrize("text", ["a\u0336\u200bb", "a\u200b\u0336b", "a\u200b\u200e\u0336\ufeffb"])
def test_marks_and_invisible_characters_do_not_hide_one_another(text):
    assert plain_characters(text) == "ab"


def test_a_latin_letter_in_a_cyrillic_word_becomes_cyrillic():
    assert plain_characters("Oтрeдактируй") == "Отредактируй"


def test_a_word_of_lookalikes_is_latin_among_latin_words_and_cyrillic_among_cyrillic_ones():
    assert plain_characters("press сору now") == "press copy now"
    assert plain_characters("press сору и ждём") == "press сору и ждём"


def test_decomposed_letters_keep_their_accents():
    assert plain_characters("re\u0301sume\u0301 a\u0308ndern") == "résumé ändern"


@given(st.text(st.characters(), max_size=60).map(valid_unicode))
def test_cleaning_twice_changes_nothing_more(text):
    once = plain_characters(text)
    assert plain_characters(once) == once


@given(st.text(st.characters(max_codepoint=127), max_size=60))
def test_ascii_keeps_every_character_but_controls(text):
    kept = (c for c in text if c.isprintable() or c in "\t\n\x0b\x0c\r")
    assert plain_characters(text) == "".join(kept)
