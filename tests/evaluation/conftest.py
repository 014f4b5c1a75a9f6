from __future__ import annotations

import pytest

pytest.importorskip("scipy", reason="needs the eval extra: pip install 'hydra-auto[eval]'")
pytest.importorskip("sklearn", reason="needs the eval extra: pip install 'hydra-auto[eval]'")

from rich.progress import Progress

from eval_data import WordEncoder, WordPredictor
from hydra_auto.evaluation.scoring import Scorer
from hydra_auto.evaluation.windows.scoring import WindowScorer


@pytest.fixture
def predictor():
    return WordPredictor()


@pytest.fixture
def scorer(predictor):
    return Scorer(predictor, Progress(disable=True))


@pytest.fixture
def encoder():
    return WordEncoder()


@pytest.fixture
def window_scorer(encoder):
    return WindowScorer(encoder, Progress(disable=True))
