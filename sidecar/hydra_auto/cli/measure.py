"""Measuring a sidecar process from outside, as an editor meets it."""

from __future__ import annotations

import gzip
import json
import random
import statistics
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

from hydra_auto.cli.errors import UsageError
from hydra_auto.cli.sidecar_process import SidecarProcess
from hydra_auto.rpc.protocol import PROTOCOL_VERSION, ROUTE, STATUS


class Spread(NamedTuple):
    """Median, 95th percentile and maximum of some figures."""

    p50: float
    p95: float
    largest: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What was measured. ``rss_mb`` is the sidecar's largest resident size, None where it is not told."""

    messages: int
    model_version: str
    route_ms: Spread
    sidecar_ms: Spread
    first_decision_s: Spread
    tokens: Spread
    rss_mb: float | None

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            name: value._asdict() if isinstance(value, Spread) else value
            for name, value in asdict(self).items()
        }


def sample_texts(source: Path, count: int, seed: int) -> list[str]:
    """``count`` texts drawn at random from a JSONL file, gzipped or not: its own length distribution.

    Raises:
        UsageError: The file has no texts.
    """
    data = source.read_bytes()
    content = (gzip.decompress(data) if source.suffix == ".gz" else data).decode("utf-8")
    texts = [json.loads(line)["text"] for line in content.split("\n") if line.strip()]
    texts = [text for text in texts if text.strip()]
    if not texts:
        raise UsageError(f"{source} holds no texts.")
    return random.Random(seed).sample(texts, min(count, len(texts)))  # noqa: S311  not a secret


def measure(texts: Sequence[str], *, starts: int, model_dir: Path | None) -> Figures:
    """Start a sidecar ``starts`` times; with the last one route every text."""
    cold = []
    for _ in range(starts - 1):
        sidecar, seconds = _start(texts[0], model_dir)
        cold.append(seconds)
        sidecar.stop()
    sidecar, seconds = _start(texts[0], model_dir)
    cold.append(seconds)
    wall, inside, tokens = [], [], []
    for text in texts:
        started = time.perf_counter()
        result = sidecar.ask(ROUTE, _params(text))
        wall.append((time.perf_counter() - started) * 1000)
        inside.append(result["timingMs"]["total"])
        tokens.append(float(result["tokens"] or 0))
    status = sidecar.ask(STATUS, {})
    sidecar.stop()
    return Figures(
        messages=len(texts),
        model_version=status["modelVersion"],
        route_ms=_spread(wall),
        sidecar_ms=_spread(inside),
        first_decision_s=_spread(cold),
        tokens=_spread(tokens),
        rss_mb=status["rssMb"],
    )


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
