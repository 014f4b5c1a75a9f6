from __future__ import annotations

import collections

from hydra_auto.evaluation.sampling import evenly

ITEMS = [(i, "rare" if i % 10 == 0 else "common") for i in range(200)]


def stratum(item):
    return item[1]


def test_every_stratum_has_its_share():
    chosen = evenly(ITEMS, 40, stratum, 1)
    assert len(set(chosen)) == 40
    counts = collections.Counter(stratum(item) for item in chosen)
    assert counts["rare"] in {3, 4, 5}  # 4, give or take the random start


def test_the_order_stays_and_the_seed_decides():
    chosen = evenly(ITEMS, 40, stratum, 1)
    assert chosen == sorted(chosen)
    assert chosen == evenly(ITEMS, 40, stratum, 1)
    assert chosen != evenly(ITEMS, 40, stratum, 2)


def test_no_limit_or_a_large_one_takes_all():
    assert evenly(ITEMS, 0, stratum, 1) == ITEMS
    assert evenly(ITEMS, 200, stratum, 1) == ITEMS
