"""One tiny report, cell by cell: every number of it occurs once, so that none can be taken for another."""
# ruff: noqa: E501 - rows of tables

from __future__ import annotations

from hydra_auto.core.regime import Regime
from hydra_auto.evaluation.languages.tables import language_tables
from hydra_auto.evaluation.tables import to_markdown

QUALITY, BALANCED, ECONOMY = (regime.value for regime in Regime)


def same(first, largest, models):
    """Shares of three regimes, one point apart each."""
    return {
        regime: {
            "share": [first + i / 100, first + i / 100 - 0.2, first + i / 100 + 0.1],
            "largest_share": largest + i / 100,
            "models": models + i,
        }
        for i, regime in enumerate((QUALITY, BALANCED, ECONOMY))
    }


def of_language(pairs, groups, difference, small, large):
    return {
        "pairs": pairs,
        "groups": groups,
        "difference": [difference, difference - 0.01, difference + 0.01],
        "same": {"small": same(small, 0.3, 1), "large": same(large, 0.4, 5)},
    }


def found(source, kind, scope, *, worst):
    return {
        "source": source,
        "kind": kind,
        "scope": scope,
        "languages": 3,
        "overall": {
            "pairs": 46,
            "groups": 23,
            "difference": [0.041, 0.031, 0.051],
            "difference_translated": [0.061, 0.052, 0.072],
            "mean_of_languages": [0.043, 0.033, 0.053],
            "worst_language": worst,
            "same": {"small": same(0.71, 0.51, 1), "large": same(0.81, 0.61, 6)},
        },
        "by_language": {
            "de": of_language(11, 8, 0.02, 0.72, 0.76),
            "fr": of_language(12, 9, 0.044, 0.73, 0.77),
            "ru": of_language(13, 10, 0.08, 0.74, 0.78),
        },
    }


REPORT = {
    "pools": [
        {
            "name": name,
            "models": models,
            "ladders": {QUALITY: [{"id": "x/y", "usd": 0.1, "share": 1.0}]},
        }
        for name, models in (("small", 4), ("large", 9))
    ],
    "tables": [
        found("chat", "translation", "annotated", worst="ru"),
        found("chat", "code-switched", "annotated", worst="fr"),
        found("tldr", "translation", "unlabelled", worst="de"),
        found("mgsm", "translation", "new", worst=None),
    ],
}

OVERVIEW = """\
**Mean |requirement - requirement of the English text|**

| texts | pairs | items | languages | over pairs | the same pairs translated whole | mean of languages | worst language |
|---|---:|---:|---:|---:|---:|---:|---:|
| chat, translation | 46 | 23 | 3 | 0.041 (0.031-0.051) |  | 0.043 (0.033-0.053) | ru 0.080 (0.070-0.090) |
| chat, code-switched | 46 | 23 | 3 | 0.041 (0.031-0.051) | 0.061 (0.052-0.072) | 0.043 (0.033-0.053) | fr 0.044 (0.034-0.054) |
| tldr, translation, languages fine-tuned on without annotation | 46 | 23 | 3 | 0.041 (0.031-0.051) |  | 0.043 (0.033-0.053) | de 0.020 (0.010-0.030) |
| mgsm, translation, languages never fine-tuned on | 46 | 23 | 3 | 0.041 (0.031-0.051) |  | 0.043 (0.033-0.053) |  |

95 % intervals by bootstrap over items. Aim for the chat messages: 0.03, worst language 0.05. The worst language is one with at least 5 items."""

SAME_IN_LARGE = """\
**Same model as the English text, pool: large**

| texts | quality | English on one model, used | balanced | English on one model, used | economy | English on one model, used |
|---|---:|---:|---:|---:|---:|---:|
| chat, translation | 81.0 % (61.0-91.0) | 61.0 %, 6 | 82.0 % (62.0-92.0) | 62.0 %, 7 | 83.0 % (63.0-93.0) | 63.0 %, 8 |
| chat, code-switched | 81.0 % (61.0-91.0) | 61.0 %, 6 | 82.0 % (62.0-92.0) | 62.0 %, 7 | 83.0 % (63.0-93.0) | 63.0 %, 8 |
| tldr, translation, languages fine-tuned on without annotation | 81.0 % (61.0-91.0) | 61.0 %, 6 | 82.0 % (62.0-92.0) | 62.0 %, 7 | 83.0 % (63.0-93.0) | 63.0 %, 8 |
| mgsm, translation, languages never fine-tuned on | 81.0 % (61.0-91.0) | 61.0 %, 6 | 82.0 % (62.0-92.0) | 62.0 %, 7 | 83.0 % (63.0-93.0) | 63.0 %, 8 |

After each share: how many of the English texts go to the model that gets most of them, which a router that always takes that one would match, and how many models get at least 2 % of them. Aim: 95 % with at least three models."""

BY_LANGUAGE = """\
**Translated chat messages by language**

| language | pairs | items | difference | same model, small | same model, large |
|---|---:|---:|---:|---:|---:|
| de | 11 | 8 | 0.020 (0.010-0.030) | 72.0 % / 73.0 % / 74.0 % | 76.0 % / 77.0 % / 78.0 % |
| fr | 12 | 9 | 0.044 (0.034-0.054) | 73.0 % / 74.0 % / 75.0 % | 77.0 % / 78.0 % / 79.0 % |
| ru | 13 | 10 | 0.080 (0.070-0.090) | 74.0 % / 75.0 % / 76.0 % | 78.0 % / 79.0 % / 80.0 % |

Same model at quality / balanced / economy. The intervals of 2 of 3 languages leave out the mean of languages; one in twenty would by chance."""


def test_every_cell_is_the_number_of_its_row_and_column():
    _pools, overview, small, large, by_language = map(to_markdown, language_tables(REPORT))
    assert overview == OVERVIEW
    assert large == SAME_IN_LARGE
    assert by_language == BY_LANGUAGE
    row = "| chat, translation | 71.0 % (51.0-81.0) | 51.0 %, 1 | 72.0 % (52.0-82.0) | 52.0 %, 2 | 73.0 % (53.0-83.0) | 53.0 %, 3 |"
    assert small.splitlines()[4] == row
