"""An attacker who knows a defence: words searched against what the defended predictor says.

He knows, too, where its second view looks. So he tries his words in two places, after the message and within
its first two sentences, and takes what moves the defended predictor most.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Final

from hydra_auto.evaluation.robustness.suffix_search import (
    Objective,
    Placement,
    SearchConfig,
    search,
    with_suffix,
    within_sentences,
)
from hydra_auto.evaluation.sampling import generator_of

PLACEMENTS: Final[dict[str, Placement]] = {
    "after it": with_suffix,
    "within its first two sentences": within_sentences,
}
"""Where the words go, by name."""


def strongest(
    message: str,
    objectives: Mapping[str, Objective],
    words: Sequence[str],
    config: SearchConfig,
    *,
    seed: object,
    known: Sequence[str] = (),
) -> dict[str, str]:
    """The attacked message that moves each predictor most, by the predictor's name.

    There is one search a placement for all of them, and it follows the mean of their objectives: predictors
    that combine the same two views differently cost no more encoder calls than one. Each is given the best of
    every text that was tried; the message itself, if nothing is better.

    Args:
        message: What is attacked.
        objectives: What the attacker wants large, by predictor.
        words: What he uses.
        config: Length, and budget of each placement.
        seed: The same seed tries the same words first, whatever is attacked.
        known: Attacked messages that he has already.
    """
    best: dict[str, tuple[float, str]] = {}

    def follow(texts: Sequence[str]) -> list[float]:
        values = {name: objective(texts) for name, objective in objectives.items()}
        for name, found in values.items():
            for value, text in zip(found, texts, strict=True):
                if name not in best or value > best[name][0]:
                    best[name] = (value, text)
        return [fmean(of_text) for of_text in zip(*values.values(), strict=True)]

    follow([message, *known])
    for name, place in PLACEMENTS.items():
        search([message], follow, words, config, generator_of(seed, name), place)
    return {name: text for name, (_, text) in best.items()}
