"""A decision on a terminal: bars, a row a model, the choice marked, why in words."""

from __future__ import annotations

from collections.abc import Sequence

from rich import box
from rich.console import Console, Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from hydra_auto.app.service import Outcome
from hydra_auto.core.capabilities import Capability
from hydra_auto.core.explanation import (
    approximate,
    cost_words,
    rule_words,
    saving_words,
    strongest,
    usd,
    verdict,
)
from hydra_auto.core.matcher import Candidate, Decision
from hydra_auto.core.provenance import provenance_words

BAR_CELLS = 20
NEIGHBOURS = 3
"""Models shown of each kind, unless all are asked for: dearer ones within tau, and those nearest to it."""

_LABELS = {
    Capability.REASONING: "reasoning",
    Capability.CODE_GENERATION: "code generation",
    Capability.DEBUGGING: "debugging",
    Capability.TOOL_USE: "tool use",
}


def console_for(color: str) -> Console:
    """A console for standard output.

    Args:
        color: ``auto``, ``always`` or ``never``.
    """
    return Console(
        force_terminal=True if color == "always" else None,
        no_color=color == "never",
        color_system="auto" if color != "never" else None,
        highlight=False,
        soft_wrap=False,
    )


def show_outcome(outcome: Outcome, *, color: str = "auto", show_all: bool = False) -> None:
    """Print ``outcome`` for a person."""
    decision = outcome.decision
    blocks: list[Text | Table | Padding] = [_headline(outcome)]
    if decision.prediction is not None:
        blocks += [Text(), _requirements(decision)]
        if decision.prediction.truncated:
            read = "of which the beginning and the end were read"
            blocks.append(Text(f"Long text: {decision.prediction.tokens:,} tokens, {read}.", style="dim"))
    shown = decision.candidates if show_all else _nearest(decision)
    blocks += [Text(), _candidates(decision, shown)]
    if len(shown) < len(decision.candidates):
        blocks.append(_rest(decision, shown))
    blocks += [Text(), *_reasons(outcome)]
    timing = outcome.timing_ms
    blocks.append(
        Text(
            f"{timing.total:.1f} ms (encoder {timing.predict:.1f}, matching {timing.match:.1f}), "
            f"{outcome.model_version}, nothing left this machine",
            style="dim",
        )
    )
    console_for(color).print(Group(*blocks))


def bar(level: float, mark: float | None = None, cells: int = BAR_CELLS) -> Text:
    """A bar for a number in [0, 1]; ``mark`` sets a tick, as for what the chosen model offers.

    The bar turns red where it runs past the tick.
    """
    filled = round(level * cells)
    tick = None if mark is None else min(cells - 1, round(mark * cells))
    text = Text()
    for cell in range(cells):
        over = tick is not None and cell > tick
        if cell == tick:
            text.append("┃", style="bold green" if mark is not None and level <= mark else "bold red")
        elif cell < filled:
            text.append("█", style="red" if over else "cyan")
        else:
            text.append("·", style="dim")
    return text


def _headline(outcome: Outcome) -> Text:
    name, colon, why = outcome.explanation.line.partition(":")
    style = "bold green" if outcome.decision.chosen else "bold red"
    return Text.assemble((name, style), colon, why)


def _requirements(decision: Decision) -> Table:
    assert decision.prediction is not None  # noqa: S101  the caller has checked
    table = Table(box=None, show_header=True, pad_edge=False, header_style="dim")
    table.add_column("")
    table.add_column("the request needs")
    table.add_column("")
    chosen = decision.chosen
    table.add_column(f"┃ {chosen.model.name} offers" if chosen else "", justify="right")
    for capability in Capability:
        required = decision.prediction.requirements[capability]
        offered = chosen.model.capabilities.levels[capability] if chosen else None
        table.add_row(
            _LABELS[capability],
            bar(required, offered),
            f"{required:.2f}",
            "" if offered is None else f"{offered:.2f}",
        )
    return table


def _candidates(decision: Decision, shown: Sequence[Candidate]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="dim", show_edge=False)
    table.add_column("", width=1)
    table.add_column("model", no_wrap=True)
    table.add_column("shortfall", justify="right")
    table.add_column("cost, USD", justify="right", no_wrap=True)
    table.add_column("why")
    for candidate in shown:
        table.add_row(*_row(candidate, decision), style=_row_style(candidate, decision))
    return table


def _rest(decision: Decision, shown: Sequence[Candidate]) -> Text:
    hidden = [c for c in decision.candidates if all(c is not s for s in shown)]
    refused = sum(not c.eligible for c in hidden)
    note = f"{len(hidden)} more" + (f", {refused} of them not eligible" if refused else "")
    return Text(f"    … {note} (--all shows them)", style="dim")


def _nearest(decision: Decision) -> list[Candidate]:
    """The choice, its neighbours on both sides of tau, and the strongest model, as ranked."""
    others = [c for c in decision.candidates if c.eligible and c is not decision.chosen]
    within = [c for c in others if c.within_tau][:NEIGHBOURS]
    over = [c for c in others if not c.within_tau][:NEIGHBOURS]
    refused = [] if others else list(decision.candidates[:NEIGHBOURS])
    kept = [decision.chosen, strongest(decision), *within, *over, *refused]
    return [c for c in decision.candidates if any(c is k for k in kept)]


def _row(candidate: Candidate, decision: Decision) -> tuple[str, ...]:
    mark = "▶" if candidate is decision.chosen else ""
    if not candidate.eligible:
        return (mark, candidate.model.name, "", "", f"not eligible: {verdict(candidate, decision)}")
    return (
        mark,
        candidate.model.name,
        f"{candidate.shortfall:.3f}",
        approximate(candidate, decision) + usd(candidate.cost_usd).removesuffix(" USD"),
        _why(candidate, decision),
    )


def _why(candidate: Candidate, decision: Decision) -> str:
    """The verdict, cut to what fits beside the numbers: the largest gap only."""
    if candidate is decision.chosen:
        return "chosen"
    if candidate.within_tau:
        return verdict(candidate, decision)
    gap, capability = max((gap, c.value) for c, gap in candidate.gaps.items())
    others = sum(g > 0 for g in candidate.gaps.values()) > 1
    return f"lacks {capability} {gap:.2f}" + (" …" if others else "")


def _row_style(candidate: Candidate, decision: Decision) -> str:
    if candidate is decision.chosen:
        return "bold green"
    return "" if candidate.within_tau else "dim"


def _reasons(outcome: Outcome) -> list[Text]:
    lines = []
    if outcome.explanation.saving is not None:
        lines.append(Text(saving_words(outcome.explanation.saving)))
    costs = cost_words(outcome.decision)
    lines += [Text(costs, style="dim")] if costs else []
    lines += [Text(rule_words(rule)) for rule in outcome.decision.policy.rules]
    lines += [Text(words) for words in provenance_words(outcome.decision)]
    lines += [Text(other.text) for other in outcome.explanation.counterfactuals]
    return lines
