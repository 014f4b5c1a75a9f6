"""``eval robustness --views``: does it help to look at a part of the text, too?

Every rule of `two_views.RULES` with every view of `two_views.VIEWS` is held against one look over the text:
what tricks and searched words still move, in both directions, and what is lost where nobody attacks.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from hydra_auto.app.ports import RequirementPredictor
from hydra_auto.evaluation.robustness.defence_costs import changed_decisions, effort, rightness
from hydra_auto.evaluation.robustness.defence_search import PLACEMENTS, strongest
from hydra_auto.evaluation.robustness.defence_trial import Trial
from hydra_auto.evaluation.robustness.material import Message
from hydra_auto.evaluation.robustness.moves import Measure, Scored
from hydra_auto.evaluation.robustness.searches import Attempt, objective_of
from hydra_auto.evaluation.robustness.tricks import Aim
from hydra_auto.evaluation.robustness.two_views import RULES, VIEWS, TwoViewPredictor
from hydra_auto.evaluation.scoring import Scorer

ONE_LOOK: Final = "one look"
PLAIN: Final = "plain"
ALL_PLAIN: Final = "all plain tricks"
SEARCHED: Final = "searched"
KNOWS_ONE_LOOK: Final = "suffix searched against one look"
KNOWS_DEFENCE: Final = "words searched against the defence"
NO_TRICK: Final = "no trick"
_AIMS: Final = (Aim.UP, Aim.DOWN)
_AT_ONCE: Final = 50  # texts scored between two reports

Found = dict[tuple[str, Aim], list[Attempt]]
"""Attempts of the attacker who knows a defence, by its name and way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Defence:
    """A predictor under test; one look has neither view nor rule."""

    view: str
    rule: str
    predictor: RequirementPredictor

    @property
    def name(self) -> str:
        """For a reader, and unique."""
        return f"{self.view}: {self.rule}" if self.view else ONE_LOOK


def defences_of(predictor: RequirementPredictor) -> list[Defence]:
    """One pass of ``predictor``, then every view with every rule."""
    return [
        Defence(view="", rule="", predictor=predictor),
        *(
            Defence(
                view=view,
                rule=rule,
                predictor=TwoViewPredictor(predictor=predictor, view=VIEWS[view], rule=RULES[rule]),
            )
            for view in VIEWS
            for rule in RULES
        ),
    ]


def compare(
    trial: Trial,
    scorer: Scorer,
    measure: Measure,
    searched: Mapping[Aim, Sequence[Attempt]],
    announced: int,
) -> Iterator[dict[str, Any]]:
    """The part of the report about two views, again and again as it grows; it is one object.

    Args:
        trial: What to try.
        scorer: The encoder; it remembers what it scored, so that rules share its calls. It was told of
            ``announced`` texts, and of those that the trial searches at most.
        measure: Of one look.
        searched: Messages with the suffixes that were searched for them against one look, by way.
        announced: `Trial.most_new`.

    Yields:
        ``defences``: {name, view, rule, passes, time, untouched, up, down, over_one_look: {up, down}}. Rows
        are as `Measure.row` makes them: of what the defended router does with the plain message and with the
        attacked one, and in ``over_one_look`` of what the usual router does with the plain message and the
        defended one with the attacked one. See `defence_costs` for ``passes``, ``time`` (on untouched
        messages) and ``untouched``.
    """
    report: dict[str, Any] = {
        "messages": {aim.value: len({a.message.key for a in trial.attempts(aim)}) for aim in _AIMS},
        "targets": {aim.value: len(trial.targets[aim]) for aim in _AIMS},
        "budget": trial.config.budget * len(PLACEMENTS),
        "defences": [],
    }
    texts = list(trial.texts(itertools.chain(*searched.values())))
    with scorer.expected(announced):
        for start in range(0, len(texts), _AT_ONCE):
            scorer.score(texts[start : start + _AT_ONCE])
            yield report
    defences = defences_of(scorer)
    for defence in defences:
        report["defences"].append(_row(defence, trial, scorer, measure, searched))
        yield report
    found: Found = {(defence.name, aim): [] for defence in defences for aim in _AIMS}
    for aim in _AIMS:
        for message in trial.targets[aim]:
            with scorer.expected(trial.most_a_search):
                for best in _search(message, aim, defences, trial):
                    for name, text in best.items():
                        found[name, aim].append(Attempt(message=message, after=text))
                    yield report
    for defence, row in zip(defences, report["defences"], strict=True):
        own = replace(measure, before=defence.predictor, after=defence.predictor)
        for aim in _AIMS:
            if some := found[defence.name, aim]:
                row[aim.value].append(own.row(KNOWS_DEFENCE, SEARCHED, some))
    yield report


def _search(
    message: Message, aim: Aim, defences: Sequence[Defence], trial: Trial
) -> Iterator[dict[str, str]]:
    """The attacked message by defence: for one look, then for the defences of one view after the other."""
    known: list[str] = []
    for _, group in itertools.groupby(defences, lambda defence: defence.view):
        found = strongest(
            message.text,
            {defence.name: objective_of(defence.predictor, aim) for defence in group},
            trial.words[aim],
            trial.config,
            seed=f"{trial.seed}/{message.key}",
            known=known,
        )
        known = known or list(found.values())
        yield found


def _row(
    defence: Defence,
    trial: Trial,
    scorer: Scorer,
    measure: Measure,
    searched: Mapping[Aim, Sequence[Attempt]],
) -> dict[str, Any]:
    """All that is known of a defence before anybody has searched against it."""
    own = replace(measure, before=defence.predictor, after=defence.predictor)
    over = replace(measure, before=scorer, after=defence.predictor)
    row: dict[str, Any] = {"name": defence.name, "view": defence.view, "rule": defence.rule}
    messages = trial.untouched_messages
    if messages:
        row |= effort([m.text for m in messages], VIEWS.get(defence.view), scorer)
        row["untouched"] = _untouched(defence, trial, scorer, measure)
    for aim in _AIMS:
        families = [(name, PLAIN, some) for name, some in trial.plain[aim].items()]
        families += [(ALL_PLAIN, PLAIN, trial.attempts(aim)), (KNOWS_ONE_LOOK, SEARCHED, searched[aim])]
        row[aim.value] = [own.row(name, family, some) for name, family, some in families if some]
    row["over_one_look"] = {
        aim.value: [over.row(name, PLAIN, some) for name, some in _with_none(trial.attempts(aim)) if some]
        for aim in _AIMS
    }
    return row


def _with_none(attempts: Sequence[Attempt]) -> Iterator[tuple[str, Sequence[Attempt]]]:
    """The attempts' messages as they are, and the attempts."""
    messages = {a.message.key: a.message for a in attempts}
    yield NO_TRICK, [Attempt(message=m, after=m.text) for m in messages.values()]
    yield ALL_PLAIN, attempts


def _untouched(defence: Defence, trial: Trial, scorer: Scorer, measure: Measure) -> dict[str, Any]:
    """Rightness by kind, and decisions that change."""
    found: dict[str, Any] = {}
    for kind, some in trial.untouched.items():
        if some:
            usual, defended = (Scored.by(p, [m.text for m in some]) for p in (scorer, defence.predictor))
            found[kind] = rightness(some, usual.required, defended.required, measure.seed)
    every = trial.untouched_messages
    usual, defended = (Scored.by(p, [m.text for m in every]) for p in (scorer, defence.predictor))
    groups = [m.group for m in every]
    found["changed"] = changed_decisions(measure.choosers, usual, defended, groups, measure.seed)
    return found
