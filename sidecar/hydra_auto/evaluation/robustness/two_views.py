"""A second look at a part of the text: one predictor out of another, and two predictions combined.

Most tricks stand in one place, before or after what is asked. A view leaves out a part of the text, and where
the two predictions disagree, the part that is missing may have been the trick. Nothing of this is shipped;
``eval robustness --views`` measures what it would bring and cost.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from hydra_auto.app.ports import RequirementPredictor
from hydra_auto.core.capabilities import CAPABILITIES
from hydra_auto.core.prediction import Prediction
from hydra_auto.evaluation.sentences import parts

View = Callable[[str], str]
"""A text of which a part is left out; the text itself where there is nothing that could be."""
Rule = Callable[[float, float], float]
"""One requirement in [0, 1] of what the whole text and the view are said to need."""


def without_last(text: str) -> str:
    """All sentences and lines but the last."""
    found = parts(text)
    return "".join(found[:-1]).strip() if len(found) > 1 else text


def middle(text: str) -> str:
    """All sentences and lines but the first and the last; of two, the first."""
    found = parts(text)
    if len(found) == 1 or not found:
        return text
    return "".join(found[1:-1] or found[:1]).strip()


def every_second(text: str) -> str:
    """The first sentence or line, the third, the fifth ..."""
    found = parts(text)
    return "".join(found[::2]).strip() if len(found) > 1 else text


def _mean(whole: float, view: float) -> float:
    return (whole + view) / 2


def _smaller_if_apart(whole: float, view: float, *, by: float) -> float:
    """The smaller of two that are more than ``by`` apart; else what the whole text needs."""
    return min(whole, view) if abs(whole - view) > by else whole


VIEWS: Final[dict[str, View]] = {
    "without the last": without_last,
    "middle": middle,
    "every second": every_second,
}
"""By name; they leave out sentences or lines."""
RULES: Final[dict[str, Rule]] = {
    "smaller": min,
    "mean": _mean,
    "smaller if 0.1 apart": partial(_smaller_if_apart, by=0.1),
    "smaller if 0.2 apart": partial(_smaller_if_apart, by=0.2),
}
"""By name; each is taken per capability."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TwoViewPredictor:
    """Predicts by two looks of another predictor; implements `app.ports.RequirementPredictor`.

    A text of which the view leaves out nothing is looked at once. Tokens are those of the whole text.
    """

    predictor: RequirementPredictor
    view: View
    rule: Rule

    @property
    def model_version(self) -> str:
        """Of the weights, which both looks share."""
        return self.predictor.model_version

    def predict(self, texts: Sequence[str]) -> list[Prediction]:
        """One prediction a text, in order.

        Raises:
            InferenceFailed: The runtime refused the input.
        """
        wholes = self.predictor.predict(texts)
        views = [self.view(text) for text in texts]
        changed = [i for i, text in enumerate(texts) if views[i] != text]
        seconds = self.predictor.predict([views[i] for i in changed])
        found = list(wholes)
        for i, second in zip(changed, seconds, strict=True):
            found[i] = self._combined(wholes[i], second)
        return found

    def _combined(self, whole: Prediction, view: Prediction) -> Prediction:
        both = {c: self.rule(whole.requirements[c], view.requirements[c]) for c in CAPABILITIES}
        return replace(whole, requirements=both)
