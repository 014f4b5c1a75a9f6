from __future__ import annotations

from collections.abc import Sequence

import pytest

from builders import chosen, model, prediction
from hydra_auto.app.backend import Backend, State
from hydra_auto.app.report import camel, outcome_report, rendered
from hydra_auto.app.service import Cancelled, RoutingService, TurnStep
from hydra_auto.app.turns import Turn, TurnMemory, turn_key
from hydra_auto.core.catalog import Catalog, ModelId
from hydra_auto.core.errors import InferenceFailed, ModelFileMissing
from hydra_auto.core.matcher import Basis
from hydra_auto.core.prediction import Prediction
from hydra_auto.core.request import RoutingRequest


class Predictor:
    """Satisfies the port: texts with "hard" in them require much, others little."""

    model_version = "by hand"

    def __init__(self) -> None:
        self.seen: list[str] = []

    def predict(self, texts: Sequence[str]) -> list[Prediction]:
        self.seen.extend(texts)
        return [prediction(0.9 if "hard" in text else 0.1) for text in texts]


class Source:
    def __init__(self, *models) -> None:
        self.catalog = Catalog(models=models)

    def current(self) -> Catalog:
        return self.catalog


SMALL, LARGE = model("small", 0.3, 1.0), model("large", 0.95, 15.0)


def service(*models, ticks: Sequence[float] = ()) -> tuple[RoutingService, Predictor]:
    predictor = Predictor()
    moments = iter(ticks)
    clock = (lambda: next(moments)) if ticks else (lambda: 0.0)
    return RoutingService(predictor, Source(*(models or (SMALL, LARGE))), clock), predictor


def test_each_stage_is_timed() -> None:
    routing, _ = service(ticks=(1.0, 1.5, 1.75))
    timing = routing.route(RoutingRequest(text="x")).timing_ms
    assert (timing.predict, timing.match, timing.total) == (500.0, 250.0, 750.0)


def test_a_later_step_keeps_the_turns_model_and_is_not_scored_again() -> None:
    routing, predictor = service()
    key = turn_key("c", ["hard one"])
    routing.route(RoutingRequest(text="hard one"), TurnStep(key=key, is_later=False))
    later = routing.route(RoutingRequest(text="hard one"), TurnStep(key=key, is_later=True))
    assert (chosen(later.decision), later.decision.basis) == ("large", Basis.SAME_TURN)
    assert predictor.seen == ["hard one"]


def test_a_later_step_of_an_unknown_turn_is_scored() -> None:
    routing, predictor = service()
    step = TurnStep(key=turn_key(None, ["hard"]), is_later=True)
    assert chosen(routing.route(RoutingRequest(text="hard"), step).decision) == "large"
    assert predictor.seen == ["hard"]


def test_asking_the_same_again_is_decided_anew() -> None:
    routing, predictor = service()
    step = TurnStep(key=turn_key(None, ["x"]), is_later=False)
    routing.route(RoutingRequest(text="x"), step)
    routing.route(RoutingRequest(text="x"), step)
    assert predictor.seen == ["x", "x"]


def test_a_cancelled_request_leaves_no_trace() -> None:
    routing, predictor = service()
    key = turn_key(None, ["hard"])
    with pytest.raises(Cancelled):
        routing.route(RoutingRequest(text="hard"), TurnStep(key=key, is_later=False), lambda: True)
    routing.route(RoutingRequest(text="hard"), TurnStep(key=key, is_later=True))
    assert predictor.seen == ["hard", "hard"]  # nothing was remembered of the first


def test_utility_and_empty_requests_are_not_scored() -> None:
    routing, predictor = service()
    utility = routing.route(RoutingRequest(text="hard", is_utility=True)).decision
    empty = routing.route(RoutingRequest(text=" ")).decision
    assert (chosen(utility), chosen(empty), empty.basis) == ("small", None, Basis.EMPTY_PROMPT)
    assert predictor.seen == []


def test_turns_are_told_apart_and_the_oldest_is_forgotten() -> None:
    keys = [turn_key("a", ["x"]), turn_key("b", ["x"]), turn_key("a", ["x", "y"]), turn_key("a", ["xy"])]
    assert len(set(keys)) == 4
    memory = TurnMemory(capacity=2)
    for key in keys[:3]:
        memory.remember(key, Turn(model_id=ModelId("m"), prediction=None))
    assert [memory.find(key) is None for key in keys[:3]] == [True, False, False]


def test_a_lone_surrogate_has_a_turn_too() -> None:
    assert turn_key(None, ["\ud800"]) != turn_key(None, ["\ud801"])


def test_the_report_keeps_capability_names_in_every_case_style() -> None:
    routing, _ = service()
    report = rendered(outcome_report(routing.route(RoutingRequest(text="x"))), camel)
    assert list(report["requirements"]) == ["reasoning", "code_generation", "debugging", "tool_use"]
    assert {"timingMs", "modelVersion", "tauOrigin"} <= set(report)
    assert "costUsd" in report["candidates"][0]


def test_a_backend_that_cannot_load_tells_why_each_time() -> None:
    def broken() -> Predictor:
        raise ModelFileMissing("encoder.onnx is missing.", "Reinstall hydra-auto.")

    backend = Backend(broken, Source(SMALL))
    assert backend.state is State.STARTING
    backend.load()
    assert backend.state is State.FAILED
    with pytest.raises(ModelFileMissing, match="Reinstall"):
        backend.service()


def test_a_backend_is_ready_once_it_has_loaded() -> None:
    backend = Backend(Predictor, Source(SMALL))
    assert backend.model_version is None
    backend.load()
    assert (backend.state, backend.model_version) == (State.READY, "by hand")
    assert chosen(backend.service().route(RoutingRequest(text="x")).decision) == "small"


def test_a_backend_that_fails_in_an_unforeseen_way_says_so_instead_of_starting_for_ever() -> None:
    def broken() -> Predictor:
        raise ImportError("the text of foreign errors is not passed on")

    backend = Backend(broken, Source(SMALL))
    backend.load()
    assert backend.state is State.FAILED
    with pytest.raises(InferenceFailed, match=r"ImportError.*doctor"):
        backend.service()
