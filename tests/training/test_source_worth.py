from __future__ import annotations

import numpy as np
import pytest
from rich.progress import Progress

from hydra_auto.training import source_worth
from hydra_auto.training.annotations import BILINGUAL, REAL, WRITTEN, Item
from hydra_auto.training.source_worth import worth_of_sources

pytestmark = pytest.mark.train


def item(source, name, level):
    return Item(
        source=source,
        set_name=source,
        item_id=name,
        texts={"en": name},
        requirements=(level, 0.5, 0.1, level),
    )


def rows_of(found):
    return {
        cells[0]: cells[1:]
        for cells in ([c.strip() for c in line.split("|")[1:-1]] for line in found.splitlines())
    }


def test_real_messages_stay_where_a_ridge_would_learn_from_too_many(monkeypatch):
    monkeypatch.setattr(source_worth, "_MOST", 60)
    rng = np.random.default_rng(2)
    names = [f"m{n}" for n in range(140)]
    unit = {
        name: point / np.linalg.norm(point)
        for name, point in zip(names, rng.normal(size=(140, 8)), strict=True)
    }
    train = [item(WRITTEN, name, 0.9) for name in names[:70]] + [
        item(REAL, name, 0.1) for name in names[70:120]
    ]
    held_out = [item(REAL, name, 0.1) for name in names[120:130]] + [
        item(BILINGUAL, n, 0.2) for n in names[130:]
    ]
    with Progress(disable=True) as progress:
        found = worth_of_sources(
            train, held_out, lambda texts: np.array([unit[t] for t in texts], np.float32), 3, progress
        )
    rows = rows_of(found)
    assert rows["real messages"][0] == "50"
    assert rows["+ chat, written"][0] == "60 of 120"
    # 50 of 60 say 0.1: drawn like the others, 25 would
    assert float(rows["+ chat, written"][3]) < 0.15


def test_sources_that_agree_with_the_held_out_messages_are_worth_more():
    rng = np.random.default_rng(1)
    points = {f"m{n}": rng.normal(size=8) for n in range(400)}
    unit = {name: point / np.linalg.norm(point) for name, point in points.items()}
    level = {name: float((point[0] + 1) / 2) for name, point in unit.items()}
    names = list(unit)
    train = [item(REAL, name, level[name]) for name in names[:100]]
    train += [item(WRITTEN, name, 1 - level[name]) for name in names[100:300]]  # the other way round
    held_out = [item(REAL, name, level[name]) for name in names[300:360]]
    held_out += [item(BILINGUAL, name, level[name]) for name in names[360:]]

    def vectors(texts):
        return np.array([unit[text] for text in texts], np.float32)

    with Progress(disable=True) as progress:
        found = worth_of_sources(train, held_out, vectors, 3, progress)
    rows = rows_of(found)
    assert rows["real messages"][0] == "100"
    assert float(rows["real messages"][1]) > float(rows["+ chat, written"][1])
    assert float(rows["real messages"][3]) < float(rows["+ chat, written"][3])
    assert rows["+ outcomes"] == rows["real messages"]
