from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import expit

from hydra_auto.evaluation.intervals import weights_of
from hydra_auto.evaluation.meaning.likelihood import _folds, _resampled_slopes, failing_others, likelihood

LEVELS = np.array([2.0, 1.0, 0.0, -1.0])
OFFERED = np.array([[0.8] * 4, [0.6] * 4, [0.4] * 4, [0.2] * 4])


def required_of(count, seed=1):
    return np.random.default_rng(seed).random((count, 4))


def outcomes(logits, seed=2):
    return (np.random.default_rng(seed).random(logits.shape) < expit(logits)).astype(np.float64)


def groups_of(count, size=2):
    return [f"g{i // size}" for i in range(count)]


def test_a_requirement_that_decides_has_its_slope_and_foretells_what_is_held_out():
    required = required_of(600)
    solved = outcomes(LEVELS + 3.0 - 6.0 * required.max(1)[:, None])
    found = likelihood(solved, required, groups_of(600), 1)
    assert (found["problems"], found["models"], found["pairs"]) == (600, 4, 2400)
    of_largest = found["by_view"]["largest requirement"]
    value, low, high = of_largest["slopes"]
    assert low < 6.0 < high
    assert value == pytest.approx(6.0, abs=1.0)
    assert of_largest["log_loss"][1] > 0
    assert of_largest["brier"][1] > 0


def test_each_of_four_requirements_has_a_slope_of_its_own():
    required = required_of(800)
    solved = outcomes(LEVELS + 3.0 - required[:, None, :] @ np.array([4.0, 2.0, 0.0, 0.0]))
    slopes = likelihood(solved, required, groups_of(800), 1)["by_view"]["four requirements"]["slopes"]
    assert slopes["reasoning"][0] == pytest.approx(4.0, abs=0.8)
    assert slopes["code_generation"][0] == pytest.approx(2.0, abs=0.8)
    assert slopes["debugging"][1] == 0.0
    assert slopes["tool_use"][1] == 0.0
    assert slopes["tool_use"][2] < 1.0


def test_a_requirement_that_says_the_opposite_has_no_slope_and_gains_nothing():
    required = required_of(400)
    solved = outcomes(LEVELS - 3.0 + 4.0 * required.max(1)[:, None])
    of_largest = likelihood(solved, required, groups_of(400), 1)["by_view"]["largest requirement"]
    assert of_largest == {"log_loss": [0.0] * 3, "brier": [0.0] * 3, "slopes": [0.0] * 3}


def test_noise_gains_nothing_on_problems_held_out():
    required = required_of(60)
    solved = outcomes(np.tile(LEVELS, (60, 1)))
    found = likelihood(solved, required, groups_of(60), 1)["by_view"]["four requirements"]
    assert found["log_loss"][1] < 0


def test_variants_of_a_problem_are_held_out_together_and_each_once():
    groups = groups_of(80, 8)
    kept = []
    for fitted, held_out in _folds(groups, 1):
        assert not {groups[i] for i in fitted} & {groups[i] for i in held_out}
        assert len(fitted) + len(held_out) == 80
        kept += held_out.tolist()
    assert sorted(kept) == list(range(80))
    assert len(_folds(groups_of(6, 2), 1)) == 3  # fewer groups than folds


def test_variants_of_a_problem_are_redrawn_together():
    required = required_of(40).repeat(4, 0)
    solved = outcomes(LEVELS + 3.0 - 6.0 * required_of(40).max(1)[:, None]).repeat(4, 0)
    together, apart = (likelihood(solved, required, groups_of(160, size), 1) for size in (4, 1))
    (_, *ends), (_, *narrow) = (found["rate"]["brier"] for found in (together, apart))
    assert ends[1] - ends[0] > 1.5 * (narrow[1] - narrow[0])
    (_, *ends), (_, *narrow) = (
        found["by_view"]["largest requirement"]["slopes"] for found in (together, apart)
    )
    assert ends[1] - ends[0] > 1.5 * (narrow[1] - narrow[0])


def test_the_ceiling_is_what_other_models_fail_at():
    failed = np.array([[1.0, 0.0, np.nan], [0.0, 0.0, 1.0]])
    others = failing_others(failed)
    assert others == pytest.approx(np.array([[0.0, 1.0, 0.5], [0.5, 0.5, 0.0]]))
    assert failing_others(failed[:, :1]) is None
    hardness = np.random.default_rng(4).normal(0, 3, 200)[:, None]
    solved = outcomes(LEVELS - hardness)
    found = likelihood(solved, required_of(200), groups_of(200), 1, others=failing_others(1 - solved))[
        "by_view"
    ]
    assert found["failing others"]["log_loss"][1] > found["largest requirement"]["log_loss"][2]


def test_a_model_that_met_nothing_else_than_the_own_has_no_ceiling_of_its_own():
    failed = np.array([[1.0, np.nan], [0.0, 1.0]])
    assert failing_others(failed)[0].tolist() == pytest.approx([2 / 3, 1.0])


def test_shortfalls_are_of_the_profiles():
    required = required_of(500)
    gaps = np.maximum(0.0, required[:, None, :] - OFFERED[None, :, :])
    solved = outcomes(2.0 - 8.0 * gaps.max(2))
    found = likelihood(solved, required, groups_of(500), 1, offered=OFFERED)["by_view"]
    assert found["largest gap"]["slopes"][0] == pytest.approx(8.0, abs=1.5)
    assert found["largest gap"]["log_loss"][0] > found["shortfall"]["log_loss"][0]
    assert found["shortfall"]["log_loss"][1] > 0


def test_what_is_the_same_everywhere_has_no_slope():
    required = required_of(60)
    required[:, 2:] = 0.0
    found = likelihood(outcomes(np.tile(LEVELS, (60, 1))), required, groups_of(60), 1, offered=OFFERED + 0.2)
    assert found["by_view"]["four requirements"]["slopes"]["debugging"] is None
    assert found["by_view"]["four requirements"]["slopes"]["reasoning"] is not None
    nothing = likelihood(
        outcomes(np.tile(LEVELS, (60, 1))), required, groups_of(60), 1, offered=np.ones((4, 4))
    )
    assert nothing["by_view"]["shortfall"] == {"log_loss": [0.0] * 3, "brier": [0.0] * 3, "slopes": None}


def test_problems_that_a_model_did_not_meet_do_not_count():
    required = required_of(100)
    solved = outcomes(LEVELS + 3.0 - 6.0 * required.max(1)[:, None])
    solved[:30, 0] = np.nan
    found = likelihood(solved, required, groups_of(100), 1)
    assert found["pairs"] == 370
    assert all(np.isfinite(found["rate"]["log_loss"]))


def test_a_model_that_solves_everything_has_a_finite_loss():
    solved = np.ones((40, 2))
    solved[0, 1] = 0.0
    found = likelihood(solved, required_of(40), groups_of(40, 1), 1)
    assert found["rate"]["log_loss"][0] < 0.3


def test_shares_of_several_tries_count_in_parts():
    required = required_of(300)
    chance = expit(LEVELS + 3.0 - 6.0 * required.max(1)[:, None])
    found = likelihood(chance, required, groups_of(300, 1), 1)["by_view"]["largest requirement"]
    assert found["slopes"][0] == pytest.approx(6.0, abs=0.1)


def test_one_group_of_problems_tells_nothing():
    assert likelihood(np.ones((5, 2)), required_of(5), ["g"] * 5, 1) == {}


@pytest.mark.parametrize("weights", [(2.5, 1.5), (2.5, -1.5)], ids=["inside", "at the bound"])
def test_resampled_slopes_are_those_of_fits_to_the_resamples(weights):
    """Forty resamples fitted anew, weight by weight, against a step from the fit to all problems."""
    required = required_of(400)[:, None, :2]
    solved = outcomes(LEVELS + 2.0 - required @ np.array(weights))
    groups = groups_of(400)
    value, resampled = _resampled_slopes(solved, required, groups, 1)
    drawn = weights_of(200, 1, 1_000)[:40, np.arange(400) // 2]
    again = np.array([_refitted(solved, required, w) for w in drawn])
    assert value == pytest.approx(_refitted(solved, required, np.ones(400)), abs=0.01)
    assert resampled[:40] == pytest.approx(again, abs=0.15)
    assert np.corrcoef(resampled[:40, 0], again[:, 0])[0, 1] > 0.98


def _refitted(solved, features, weights):
    centred = features - features.mean(0)

    def loss(estimate):
        logits = estimate[:4] - centred @ estimate[4:]
        of_pairs = np.logaddexp(0.0, logits) - solved * logits
        return (weights[:, None] * of_pairs).sum() + 0.05 * (estimate[:4] ** 2).sum()

    bounds = [(None, None)] * 4 + [(0.0, None)] * features.shape[2]
    return minimize(loss, np.zeros(len(bounds)), method="L-BFGS-B", bounds=bounds).x[4:]
