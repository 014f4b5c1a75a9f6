from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import settings as tries
from hypothesis import strategies as st
from scipy.special import expit, logit

from hydra_auto.training.calibration import calibrated, fit, floor_of
from hydra_auto.training.calibrators import NONE, SHIPPED, WAYS

pytestmark = pytest.mark.train

TEXTS = 4_000
EQUAL = np.full(TEXTS, 1 / TEXTS)


@pytest.fixture
def levels():
    """What the heads say: uniform, so that every level is tried."""
    return np.random.default_rng(0).uniform(0.02, 0.98, (TEXTS, 4))


# Annotated requirements that follow from the levels, and the ways that can find out how.
CURVES = {
    "as said": (lambda p: p, {"none", "temperature", "scale and shift", "isotonic", "beta"}),
    "scaled": (lambda p: expit(2 * logit(p)), {"temperature", "scale and shift", "isotonic", "beta"}),
    "shifted": (lambda p: expit(1.5 * logit(p) - 0.8), {"scale and shift", "isotonic", "beta"}),
    "lopsided": (lambda p: expit(2 * np.log(p) - 0.5 * np.log(1 - p) + 0.3), {"isotonic", "beta"}),
    "in a step": (lambda p: np.where(p < 0.4, 0.2, 0.7), {"isotonic"}),
}


def error_of(way, levels, aims, weights=EQUAL):
    """Largest mean absolute error of a head on other texts than those fitted on."""
    half = slice(0, TEXTS // 2)
    other = slice(TEXTS // 2, TEXTS)
    apply = WAYS[way](levels[half], aims[half], weights[half] / weights[half].sum())
    return np.abs(apply(levels[other]) - aims[other]).mean(0).max()


@pytest.mark.parametrize("curve", CURVES)
@pytest.mark.parametrize("way", [NONE, "temperature", "scale and shift", "isotonic", "beta"])
def test_a_way_undoes_the_curves_that_it_can_express_and_no_others(levels, way, curve):
    true, able = CURVES[curve]
    error = error_of(way, levels, true(levels))
    assert error < 0.003 if way in able else error > 0.02


@pytest.mark.parametrize("way", WAYS)
def test_every_head_is_calibrated_by_itself(levels, way):
    factors = np.array([0.5, 1.0, 2.0, 1.0])
    aims = expit(factors * logit(levels))
    apply = WAYS[way](levels, aims, EQUAL)
    moved = np.abs(apply(levels) - levels).mean(0)
    assert moved[1] < 0.005
    assert moved[3] < 0.005
    assert (moved[[0, 2]] > 0.05).all() == (way not in {NONE, "floor alone"})


@pytest.mark.parametrize("way", WAYS)
def test_texts_without_weight_do_not_count(levels, way):
    aims = np.where(np.arange(TEXTS)[:, None] % 2, expit(2 * logit(levels)), 0.5)
    weights = np.where(np.arange(TEXTS) % 2, 2 / TEXTS, 0.0)
    with_them = WAYS[way](levels, aims, weights)(levels)
    without = WAYS[way](levels[1::2], aims[1::2], weights[1::2])(levels)
    assert with_them == pytest.approx(without, abs=1e-3)


@pytest.mark.parametrize("way", WAYS)
@tries(max_examples=10, deadline=None)
@example(rows=[(0.1, 0.9, 1.0), (0.5, 0.5, 1.0), (0.9, 0.1, 1.0)])  # the wrong way round
@given(
    rows=st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1), st.floats(0.001, 1)), min_size=2, max_size=8)
)
def test_no_way_turns_an_order_round_or_leaves_the_range(way, rows):
    levels, aims, weights = np.array(rows).T
    apply = WAYS[way](levels[:, None], aims[:, None], weights / weights.sum())
    found = apply(np.linspace(0, 1, 50)[:, None])[:, 0]
    assert (np.diff(found) >= -1e-12).all()
    assert found.min() >= 0
    assert found.max() <= 1


def test_isotonic_levels_are_tied_where_the_annotations_do_not_rise(levels):
    aims = np.clip(levels, 0.3, 0.6)
    found = WAYS["isotonic"](levels, aims, EQUAL)(np.array([[0.1] * 4, [0.2] * 4, [0.4] * 4, [0.7] * 4]))
    assert found[0] == pytest.approx(found[1])
    assert (found[1] < found[2]).all()


def test_the_floor_alone_moves_only_what_is_below_it():
    levels = np.tile(np.linspace(0.001, 0.1, 100)[:, None], (1, 4))
    aims = np.where(levels < 0.0205, 0.0, levels)
    weights = np.full(100, 0.01)
    found = WAYS["floor alone"](levels, aims, weights)(levels)
    floor = floor_of(levels[:, 0], aims[:, 0], weights)
    assert floor == pytest.approx(0.020)
    assert (found[levels <= floor] == 0).all()
    assert found[levels > floor] == pytest.approx(levels[levels > floor])


def test_few_texts_move_little_where_the_fit_is_drawn_to_the_identity(levels):
    few, aims, weights = levels[:40], expit(2 * logit(levels[:40])), np.full(40, 1 / 40)
    free, drawn = (WAYS[way](few, aims, weights)(few) for way in ("scale and shift", "drawn to the identity"))
    assert np.abs(drawn - few).max() < 0.3 * np.abs(free - few).max()


def test_what_is_shipped_is_what_calibrate_fits(levels):
    aims = np.where(levels < 0.1, 0.0, expit(2 * logit(levels)))
    found = fit(levels, aims, EQUAL)
    assert min(found.floor) > 0
    assert WAYS[SHIPPED](levels, aims, EQUAL)(levels) == pytest.approx(calibrated(levels, found))
