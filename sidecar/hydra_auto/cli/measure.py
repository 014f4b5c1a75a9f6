"""Measuring a sidecar process from outside, as an editor meets it."""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from hydra_auto.cli.sample import Message
from hydra_auto.cli.sidecar_process import SidecarProcess
from hydra_auto.rpc.protocol import PROTOCOL_VERSION, ROUTE, STATUS

if TYPE_CHECKING:
    from rich.progress import Progress


class Spread(NamedTuple):
    """Median, 95th percentile and maximum of some figures."""

    p50: float
    p95: float
    largest: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """What routing some messages took.

    Attributes:
        messages: How many.
        truncated: Share of them that are longer than the encoder's window, in [0, 1].
        tokens: Of a message, the special ones included.
        route_ms: From the request over stdio to its answer.
        sidecar_ms: The part of that inside the sidecar.
    """

    messages: int
    truncated: float
    tokens: Spread
    route_ms: Spread
    sidecar_ms: Spread

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return _plain(asdict(self))


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What was measured.

    Attributes:
        drawn: Over the draw from all messages.
        kinds: Over all messages of a kind, by its name; empty if they have none.
        model_version: Of the encoder.
        first_decision_s: From the start of the process to its first answer.
        rss_mb: The sidecar's largest resident size, None where it is not told.
    """

    drawn: Times
    kinds: dict[str, Times]
    model_version: str
    first_decision_s: Spread
    rss_mb: float | None

    def as_dict(self) -> dict[str, Any]:
        """For JSON; the figures of the draw stand at the top."""
        return {
            **self.drawn.as_dict(),
            "kinds": {kind: times.as_dict() for kind, times in self.kinds.items()},
            "model_version": self.model_version,
            "first_decision_s": self.first_decision_s._asdict(),
            "rss_mb": self.rss_mb,
        }


class _Answer(NamedTuple):
    tokens: float
    truncated: bool
    route_ms: float
    sidecar_ms: float


def measure(
    messages: Sequence[Message], *, starts: int, model_dir: Path | None, progress: Progress
) -> Figures:
    """Start a sidecar ``starts`` times; with the last one route every message.

    Args:
        messages: At least one of them drawn.
        starts: At least 1.
        model_dir: The encoder's folder; the package's own when None.
        progress: Shows how far it is.

    Raises:
        RouterError: The sidecar cannot start or does not answer.
    """
    task = progress.add_task("Starting", total=starts)
    cold = []
    for number in range(1, starts + 1):
        sidecar, seconds = _start(messages[0].text, model_dir)
        cold.append(seconds)
        progress.advance(task)
        if number < starts:
            sidecar.stop()
    task = progress.add_task("Routing", total=len(messages))
    answers = []
    for message in messages:
        answers.append(_ask(sidecar, message.text))
        progress.advance(task)
    status = sidecar.ask(STATUS, {})
    sidecar.stop()
    asked = list(zip(messages, answers, strict=True))
    kinds = sorted({message.kind for message in messages if message.kind})
    return Figures(
        drawn=_times([answer for message, answer in asked if message.drawn]),
        kinds={kind: _times([answer for message, answer in asked if message.kind == kind]) for kind in kinds},
        model_version=status["modelVersion"],
        first_decision_s=_spread(cold),
        rss_mb=status["rssMb"],
    )


def _ask(sidecar: SidecarProcess, text: str) -> _Answer:
    started = time.perf_counter()
    result = sidecar.ask(ROUTE, _params(text))
    route_ms = (time.perf_counter() - started) * 1000
    return _Answer(float(result["tokens"] or 0), result["truncated"], route_ms, result["timingMs"]["total"])


def _times(answers: Sequence[_Answer]) -> Times:
    return Times(
        messages=len(answers),
        truncated=sum(answer.truncated for answer in answers) / len(answers),
        tokens=_spread([answer.tokens for answer in answers]),
        route_ms=_spread([answer.route_ms for answer in answers]),
        sidecar_ms=_spread([answer.sidecar_ms for answer in answers]),
    )


def _plain(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value._asdict() if isinstance(value, Spread) else value for name, value in fields.items()}


def _start(text: str, model_dir: Path | None) -> tuple[SidecarProcess, float]:
    options = [] if model_dir is None else ["--model-dir", str(model_dir)]
    started = time.perf_counter()
    sidecar = SidecarProcess(options)
    sidecar.ask(
        "initialize",
        {"capabilities": {}, "initializationOptions": {"protocolVersion": PROTOCOL_VERSION}},
    )
    sidecar.notify("initialized", {})
    sidecar.ask(ROUTE, _params(text))
    return sidecar, time.perf_counter() - started


def _params(text: str) -> dict[str, Any]:
    message = {"role": "user", "text": f"<userRequest>\n{text}\n</userRequest>", "chars": len(text)}
    return {"requestId": "bench", "messages": [message], "models": _OFFERED}


# What VS Code would offer; matching costs the same whichever of them are in the catalog.
_OFFERED = [
    {"vendor": "copilot", "id": family, "family": family}
    for family in ("claude-haiku-4.5", "claude-sonnet-5", "claude-opus-5.5", "gpt-6-sol", "gpt-6-luna")
]


def _spread(values: Sequence[float]) -> Spread:
    p95 = statistics.quantiles(values, n=20, method="inclusive")[-1] if len(values) > 1 else values[0]
    return Spread(statistics.median(values), p95, max(values))
