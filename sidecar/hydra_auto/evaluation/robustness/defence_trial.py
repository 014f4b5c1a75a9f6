"""What defences are tried on, the same for each: plain tricks, targets of a search, untouched messages.

Tricks with characters are left out: they are all over the text, so that no view is without them.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace

from hydra_auto.evaluation.robustness.defence_search import PLACEMENTS
from hydra_auto.evaluation.robustness.material import Material, Message
from hydra_auto.evaluation.robustness.moves import tried_on
from hydra_auto.evaluation.robustness.searches import Attempt
from hydra_auto.evaluation.robustness.suffix_search import SearchConfig
from hydra_auto.evaluation.robustness.tricks import Aim
from hydra_auto.evaluation.robustness.two_views import VIEWS
from hydra_auto.evaluation.sampling import evenly


@dataclass(frozen=True, slots=True, kw_only=True)
class DefencePlan:
    """How much is tried.

    Attributes:
        part: One in so many of the attacked messages gets the plain tricks.
        ups: Easy messages, of these, that words are searched for against one look and against every view.
        downs: Hard messages for which that is done downwards.
        search: How many words, and how many texts a placement, each time.
    """

    part: int = 4
    ups: int = 8
    downs: int = 3
    search: SearchConfig = field(default_factory=lambda: SearchConfig(words=5, budget=40))

    def scaled(self, share: float) -> DefencePlan:
        """A plan with that share of the searches and of their budget; 0 searches nothing."""
        part = min(1.0, share)
        return replace(
            self,
            ups=math.ceil(self.ups * part),
            downs=math.ceil(self.downs * part),
            search=replace(self.search, budget=math.ceil(self.search.budget * share)),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What is tried.

    Attributes:
        plain: Attempts by family, upwards and downwards.
        targets: Messages that words are searched for, by way.
        words: What these are made of.
        untouched: Messages as they are, by kind.
        config: Of each search.
        seed: Of the search.
    """

    plain: Mapping[Aim, Mapping[str, Sequence[Attempt]]]
    targets: Mapping[Aim, Sequence[Message]]
    words: Mapping[Aim, Sequence[str]]
    untouched: Mapping[str, Sequence[Message]]
    config: SearchConfig
    seed: int

    def attempts(self, aim: Aim) -> list[Attempt]:
        """Of all families."""
        return list(itertools.chain(*self.plain[aim].values()))

    @property
    def untouched_messages(self) -> list[Message]:
        """Of all kinds."""
        return list(itertools.chain(*self.untouched.values()))

    def texts(self, searched: Iterable[Attempt] = ()) -> dict[str, None]:
        """All that defences read of these attempts and of what is ``searched`` for others, each text once."""
        attempts = [*self.attempts(Aim.UP), *self.attempts(Aim.DOWN), *searched]
        whole = [
            *(text for a in attempts for text in (a.message.text, a.after)),
            *(message.text for message in self.untouched_messages),
        ]
        return dict.fromkeys([*whole, *(view(text) for text in whole for view in VIEWS.values())])

    def most_new(self, known: AbstractSet[str], searched: int) -> int:
        """Texts of `texts` that are not ``known``, at most, with so many attempts ``searched``."""
        return len(self.texts().keys() - known) + 2 * searched * len(VIEWS)

    @property
    def most_a_search(self) -> int:
        """Texts that the search for one message scores at most, against one look and against every view."""
        looks = 1 + 2 * len(VIEWS)
        return looks * len(PLACEMENTS) * max(self.config.budget, 2) + 2 * len(VIEWS)

    @property
    def most_searched(self) -> int:
        """The same for all messages."""
        return self.most_a_search * sum(len(some) for some in self.targets.values())


def plan_trial(material: Material, plan: DefencePlan, seed: int) -> Trial:
    """Draws the messages, evenly over sources and requirements, and does every aimed trick on them."""
    drawn = {
        aim: evenly(
            messages, math.ceil(len(messages) / plan.part), lambda m: (m.source, max(m.requirements)), seed
        )
        for aim, messages in ((Aim.UP, material.easy), (Aim.DOWN, material.hard))
    }
    plain: dict[Aim, dict[str, list[Attempt]]] = {aim: {} for aim in drawn}
    for aim, messages in drawn.items():
        for (family, _), some in tried_on(messages, (aim,), seed).items():
            plain[aim].setdefault(family, []).extend(some)
    targets = {
        aim: evenly(drawn[aim], count, lambda m: max(m.requirements), seed) if count else []
        for aim, count in ((Aim.UP, plan.ups), (Aim.DOWN, plan.downs))
    }
    return Trial(
        plain=plain,
        targets=targets,
        words=material.words,
        untouched=material.untouched,
        config=plan.search,
        seed=seed,
    )
