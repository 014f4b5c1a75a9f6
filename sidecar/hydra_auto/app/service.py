"""Routing one request: policy, prediction, decision, explanation, and how long each took."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from hydra_auto.app.ports import CatalogSource, Clock, RequirementPredictor
from hydra_auto.app.turns import Turn, TurnKey, TurnMemory
from hydra_auto.core.catalog import Catalog
from hydra_auto.core.cost import CACHE_LIFETIME_S, RequestKind, workload_of
from hydra_auto.core.explanation import Explanation, explain
from hydra_auto.core.matcher import Decision, decide, keep, refuse_empty
from hydra_auto.core.policy import resolve
from hydra_auto.core.prediction import Prediction
from hydra_auto.core.request import AvailableModel, RoutingRequest
from hydra_auto.core.routing_policy import UnknownModels
from hydra_auto.core.unknown import with_estimates


class Cancelled(Exception):
    """The client took its request back; nothing of it was kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """Milliseconds per stage; ``predict`` is 0 where nothing was scored."""

    predict: float
    match: float
    total: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One routed request."""

    decision: Decision
    explanation: Explanation
    timing_ms: Timing
    model_version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnStep:
    """Which turn a request belongs to.

    Attributes:
        is_later: It is not the turn's first step.
        previous: The turn before, if there was one.
    """

    key: TurnKey
    is_later: bool
    previous: TurnKey | None = None


class Estimated(NamedTuple):
    """A catalog with estimates, and what they were made of."""

    of: Catalog
    available: tuple[AvailableModel, ...] | None
    unknown: UnknownModels
    catalog: Catalog


def _never() -> bool:
    return False


class RoutingService:
    """Holds the predictor, the catalog source and the turns; call it from one thread at a time."""

    def __init__(
        self, predictor: RequirementPredictor, catalogs: CatalogSource, clock: Clock = time.perf_counter
    ) -> None:
        self._predictor = predictor
        self._catalogs = catalogs
        self._clock = clock
        self._turns = TurnMemory()
        self._estimated: Estimated | None = None

    def route(
        self,
        request: RoutingRequest,
        step: TurnStep | None = None,
        is_cancelled: Callable[[], bool] = _never,
    ) -> Outcome:
        """Route one request.

        Args:
            request: What is to be routed.
            step: Its place in an agent turn, if it has one: later steps keep the turn's model and are not
                scored again.
            is_cancelled: Asked between the stages.

        Raises:
            Cancelled: ``is_cancelled`` said so; nothing is remembered then.
            InferenceFailed: The encoder failed.
            CatalogInvalid: There is no usable catalog.
        """
        started = self._clock()
        turn = self._turns.find(step.key) if step and step.is_later else None
        before = turn or (self._turns.find(step.previous) if step and step.previous else None)
        if before is not None and started - before.at > CACHE_LIFETIME_S:
            before = None
        prediction = turn.prediction if turn else self._predict(request)
        predicted = self._clock()
        if is_cancelled():
            raise Cancelled
        decision = self._decide(request, prediction, turn, before)
        explanation = explain(decision)
        done = self._clock()
        if is_cancelled():
            raise Cancelled
        if step and decision.chosen:
            newest = Turn(
                model_id=decision.chosen.model.id,
                prediction=decision.prediction,
                context_tokens=request.context_tokens,
                at=done,
            )
            self._turns.remember(step.key, newest)
        return Outcome(
            decision=decision,
            explanation=explanation,
            timing_ms=Timing(
                predict=(predicted - started) * 1000,
                match=(done - predicted) * 1000,
                total=(done - started) * 1000,
            ),
            model_version=self._predictor.model_version,
        )

    def score(self, texts: Sequence[str]) -> list[Prediction]:
        """Requirements alone, one prediction a text."""
        return self._predictor.predict(texts)

    def _predict(self, request: RoutingRequest) -> Prediction | None:
        if request.is_utility or not request.text.strip():
            return None
        return self._predictor.predict([request.text])[0]

    def _decide(
        self, request: RoutingRequest, prediction: Prediction | None, turn: Turn | None, before: Turn | None
    ) -> Decision:
        """Decide; ``turn`` is to be kept, ``before`` tells what lies in whose prompt cache."""
        catalog = self._catalogs.current()
        policy = resolve(catalog.routing, request.overrides, request.paths)
        catalog = self._with_estimates(catalog, request.available, policy.unknown_models)
        workload = workload_of(
            request.context_tokens,
            prediction.tokens if prediction else 0,
            _kind(request),
            cached_tokens=before.context_tokens if before else 0,
            cached_by=before.model_id if before else None,
        )
        decision = decide(prediction, request, catalog, policy, workload)
        if turn is not None:
            return keep(decision, turn.model_id)
        return decision if prediction or request.is_utility else refuse_empty(decision)

    def _with_estimates(
        self, catalog: Catalog, available: tuple[AvailableModel, ...] | None, unknown: UnknownModels
    ) -> Catalog:
        """``catalog`` as it counts for an offer; made once while all of these stay as they are."""
        made = self._estimated
        if made is None or made[1:3] != (available, unknown) or made.of is not catalog:
            made = Estimated(catalog, available, unknown, with_estimates(catalog, available, unknown))
            self._estimated = made
        return made.catalog


def _kind(request: RoutingRequest) -> RequestKind:
    if request.is_utility:
        return RequestKind.UTILITY
    return RequestKind.AGENT if request.needs_tools else RequestKind.CHAT
