"""The bench on messages whose need is said at one end, so that what each rule makes of them is known."""

from __future__ import annotations

from dataclasses import replace

import pytest
from rich.progress import Progress

from eval_data import WordEncoder
from hydra_auto.core.catalog import Catalog
from hydra_auto.evaluation.choices import Chooser
from hydra_auto.evaluation.pools import FIVE_LEVELS, pool_named
from hydra_auto.evaluation.windows.material import window_material_of
from hydra_auto.evaluation.windows.pastes import PASTE_TOKENS, Arrangement, Dressing
from hydra_auto.evaluation.windows.report import evaluate as evaluate_windows
from hydra_auto.evaluation.windows.rules import RULES, SERVED
from hydra_auto.evaluation.windows.scoring import WindowScorer
from hydra_auto.training.annotations import BILINGUAL, REAL, Item

POOL = Chooser(pool_named(FIVE_LEVELS, Catalog(models=())))
FILLER = "so it goes on and on"


def item(item_id, text, words, set_name="s", source=REAL):
    """An item that needs what the encoder says if it reads ``words`` words that sound hard."""
    level = 0.1 + 0.1 * words
    levels = (level, *[level / 2] * 3)
    return Item(source=source, set_name=set_name, item_id=item_id, texts={"en": text}, requirements=levels)


def hard_at_the_start(i):
    """What it asks for stands in its first words, of which there are ``i``."""
    return item(f"start{i}", f"{'prove ' * i}{' '.join([FILLER] * 20)}", i, set_name=f"s{i % 2}")


LONG = [hard_at_the_start(i) for i in range(1, 7)]
BLOCK = "```\n" + "total = price * count\n" * 60 + "```"
SHORT = [
    item(f"short{it}", f"{'prove ' * words}{it}", words)
    for it, words in zip("abcd", (0, 1, 2, 2), strict=True)
]
HAS_BLOCKS = [item(f"block{i}", f"{i}\n{BLOCK.replace('total', f'total{i}')}", 0) for i in range(3)]
EVERYTHING = [*LONG, *SHORT, *HAS_BLOCKS, item("b", "prove it", 1, source=BILINGUAL)]


def evaluate(scorer, items=EVERYTHING, **how):
    material = window_material_of(items, scorer, **({"limit": 0, "questions": 4, "seed": 1} | how))
    *_, report = evaluate_windows(material, scorer, [POOL], 1)
    return report


def rows_of(part, window=None):
    return {row["rule"]: row for row in part["rows"] if window is None or row["window"] == window}


def test_long_and_short_messages_are_told_by_the_window_and_only_real_ones_count(window_scorer):
    material = window_material_of(EVERYTHING, window_scorer, limit=0, questions=3, seed=1)
    assert {i.key for i in material.long} == {i.key for i in (*LONG, *HAS_BLOCKS)}
    assert material.of == (9, 4)
    assert len(material.pasted) == 3 * len(Arrangement)
    assert {p.question.key for p in material.pasted} <= {i.key for i in SHORT}
    assert len(window_material_of(EVERYTHING, window_scorer, limit=2, questions=0, seed=1).long) == 2


def test_a_question_has_one_paste_in_every_arrangement_and_every_other_one_is_fenced(window_scorer):
    material = window_material_of(EVERYTHING, window_scorer, limit=0, questions=4, seed=1)
    by_question = {}
    for pasted in material.pasted:
        by_question.setdefault(pasted.question.key, []).append(pasted)
    for some in by_question.values():
        assert {p.arrangement for p in some} == set(Arrangement)
        assert len({p.dressing for p in some}) == 1
        assert len({tuple(sorted(p.text.replace("```", "").split())) for p in some}) == 1
        assert all(
            PASTE_TOKENS <= n < PASTE_TOKENS + 400 for n in window_scorer.lengths([p.text for p in some])
        )
    assert [some[0].dressing for some in by_question.values()] == [Dressing.FENCED, Dressing.BARE] * 2


def test_a_rule_that_reads_the_need_is_right_and_one_that_does_not_is_not(window_scorer):
    report = evaluate(window_scorer, LONG, questions=0)
    assert report["window"] == 16
    longest = report["long"][0]
    assert (longest["name"], longest["messages"], longest["groups"]) == ("more than 16 tokens", 6, 6)
    rows = rows_of(longest, 16)
    assert list(rows) == [rule.name for rule in RULES]
    for name in ("head", SERVED.name, "head and tail 1:1"):
        assert rows[name]["error"] == pytest.approx([0.0] * 3)
        assert rows[name]["spearman_mean"][0] == rows[name]["spearman_largest"][0] == 1.0
        assert rows[name]["against_served"]["error"] == pytest.approx([0.0] * 3)
    mean_need = 0.1 * 3.5 * (1 + 3 / 2) / 4  # mean of words, over heads
    for name in ("tail", "middle"):
        assert rows[name]["error"][0] == pytest.approx(mean_need, abs=1e-4)
        assert rows[name]["against_served"]["error"][0] == pytest.approx(mean_need, abs=1e-4)
        assert rows[name]["spearman_mean"] is None
        assert rows[name]["against_served"]["spearman_largest"] is None
    assert 0 < rows["head and tail 1:3"]["error"][0] < mean_need


def test_decisions_that_change_are_those_of_another_reading(window_scorer):
    rows = rows_of(evaluate(window_scorer, LONG, questions=0)["long"][0], 16)
    at = rows["tail"]["changed"][FIVE_LEVELS]
    assert at["quality"][0] > 0.5
    assert at["quality"][0] >= at["economy"][0]
    assert rows["head"]["changed"][FIVE_LEVELS]["quality"][0] == 0.0


def test_smaller_windows_read_less_of_each_message():
    scorer = WindowScorer(WordEncoder(100), Progress(disable=True))
    assert scorer.windows == (100, 64)
    text = " ".join([FILLER] * 11)
    late = [item(f"late{i}", f"{text} {'prove ' * 4}{text}", 4) for i in range(3)]
    report = evaluate(scorer, late, questions=0)
    (scope,) = report["long"]
    wide, narrow = rows_of(scope, 100), rows_of(scope, 64)
    assert wide["head"]["error"][0] == 0.0 < narrow["head"]["error"][0]
    assert narrow["head"]["against_served"]["error"] == narrow["head"]["error"]
    assert report["examples"][0]["predicted"]["head"][0] == 0.5  # of the own window


def test_pastes_change_what_a_rule_does_not_read_of_the_question(window_scorer):
    parts = {part["name"]: part for part in evaluate(window_scorer)["pastes"]}
    assert list(parts) == [
        "all arrangements",
        *(a.value for a in Arrangement),
        *(d.value for d in Dressing),
    ]
    assert all(part["bare_error"][0] == pytest.approx(0.0) for part in parts.values())
    assert parts["all arrangements"]["questions"] == 4

    def change(name, rule):
        row = rows_of(parts[name])[rule]
        assert row["error"] == row["change"]  # the question alone is right
        return row["change"][0]

    lost = 0.1 * 1.25 * (1 + 3 / 2) / 4  # mean of words, over heads
    assert change(Arrangement.BEFORE.value, "head") == 0.0
    assert change(Arrangement.BEFORE.value, "tail") == pytest.approx(lost, abs=1e-4)
    assert change(Arrangement.AFTER.value, "tail") == 0.0
    assert change(Arrangement.AFTER.value, "head") == pytest.approx(lost, abs=1e-4)
    assert change(Arrangement.MIDDLE.value, "head and tail 3:1") == pytest.approx(lost, abs=1e-4)
    assert change(Arrangement.MIDDLE.value, SERVED.name) <= change(
        Arrangement.MIDDLE.value, "head and tail 3:1"
    )
    for arrangement in (Arrangement.BEFORE, Arrangement.AFTER):
        assert change(arrangement.value, SERVED.name) == 0.0
    served, tail = (rows_of(parts[Arrangement.BEFORE.value])[name] for name in (SERVED.name, "tail"))
    assert tail["against_served"]["change"][0] == pytest.approx(tail["change"][0] - served["change"][0])
    assert tail["changed"][FIVE_LEVELS]["quality"][0] > served["changed"][FIVE_LEVELS]["quality"][0] == 0.0


def test_an_encoder_that_is_wrong_anyway_is_told_from_what_the_rule_loses(window_scorer):
    def harder(items):
        """Annotated as if one more hard word were said."""
        return [
            replace(i, requirements=tuple(r + b for r, b in zip(i.requirements, step, strict=True)))
            for i in items
        ]

    step = (0.1, 0.05, 0.05, 0.05)
    wrong = sum(step) / 4
    report = evaluate(window_scorer, [*harder([*LONG, *SHORT]), *HAS_BLOCKS])
    tail = rows_of(report["long"][0])["tail"]
    assert tail["error"][0] > tail["against_served"]["error"][0] > 0
    served = rows_of(report["long"][0])[SERVED.name]
    assert served["error"][0] > 0.03
    assert served["against_served"]["error"] == [0.0] * 3
    parts = {part["name"]: part for part in report["pastes"]}
    before, middle = (rows_of(parts[a.value]) for a in (Arrangement.BEFORE, Arrangement.MIDDLE))
    lost = 1.25 * wrong
    assert parts[Arrangement.BEFORE.value]["bare_error"][0] == pytest.approx(wrong, abs=1e-4)
    assert before["head"]["change"][0] == 0.0
    assert before["head"]["error"][0] == pytest.approx(wrong, abs=1e-4)
    assert before["tail"]["change"][0] == pytest.approx(lost, abs=1e-4)
    assert before["tail"]["error"][0] == pytest.approx(lost + wrong, abs=1e-4)
    assert before["tail"]["against_served"]["error"][0] == pytest.approx(lost, abs=1e-4)
    assert middle["head"]["change"][0] == pytest.approx(lost, abs=1e-4)
    assert middle["head"]["against_served"] == {"change": [0.0] * 3, "error": [0.0] * 3}


def test_own_words_find_the_question_between_two_halves_of_a_paste():
    scorer = WindowScorer(WordEncoder(64), Progress(disable=True))
    parts = {part["name"]: part for part in evaluate(scorer)["pastes"]}
    rows = rows_of(parts[Arrangement.MIDDLE.value])
    assert rows["own words, then 3:1"]["change"][0] == 0.0
    assert rows["head and tail 3:1"]["change"][0] > rows[SERVED.name]["change"][0]
    fenced = {part["name"]: rows_of(part) for part in evaluate(scorer)["pastes"]}[Dressing.FENCED.value]
    assert fenced[SERVED.name]["change"][0] == fenced["own words, then 3:1"]["change"][0]


def test_without_blocks_to_paste_or_long_messages_there_is_nothing_to_tell(window_scorer):
    report = evaluate(window_scorer, SHORT)
    assert (report["long"], report["pastes"], report["examples"]) == ([], [], [])


def test_examples_are_the_messages_that_depend_most_on_the_rule_one_a_set(window_scorer):
    report = evaluate(window_scorer, LONG, questions=0)
    first, second = report["examples"]
    assert [first["key"], second["key"]] == [f"{REAL}/s0/start6", f"{REAL}/s1/start5"]
    assert first["annotated"] == list(LONG[5].requirements)
    assert first["predicted"][SERVED.name] == pytest.approx(first["annotated"])
    assert first["predicted"]["tail"] == [0.1, 0.05, 0.05, 0.05]
    assert first["tokens"] == 6 + 20 * 6 + 2
    assert list(first["predicted"]) == [rule.name for rule in RULES]
    assert "so it goes" not in str(report)


def test_the_report_grows_from_rule_to_rule(window_scorer):
    material = window_material_of(EVERYTHING, window_scorer, limit=0, questions=4, seed=1)
    sizes = [
        (sum(len(s["rows"]) for s in report["long"]), sum(len(p["rows"]) for p in report["pastes"]))
        for report in evaluate_windows(material, window_scorer, [POOL], 1)
    ]
    assert sizes[0] == (2, 0)
    assert sizes[len(RULES)] == (2 * len(RULES), 7)
    assert sizes[-1] == (2 * len(RULES), 7 * len(RULES))


def test_a_reading_is_scored_once_and_the_bar_comes_to_its_end(encoder):
    progress = Progress(disable=True)
    scorer = WindowScorer(encoder, progress)
    evaluate(scorer)
    assert len(encoder.read) == len(set(encoder.read))
    (task,) = progress.tasks
    assert task.visible
    assert task.completed == task.total == 9 * len(RULES) + 4 * len(Arrangement) * len(RULES) + 4
