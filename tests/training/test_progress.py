"""What the bars say: one for a whole step, from where an interrupted one stood, up to its end."""

from __future__ import annotations

import io

import numpy as np
import pytest
import torch
from rich.console import Console
from rich.progress import Progress

from hydra_auto.training import finetune as finetune_module
from hydra_auto.training.annotations import REAL, Item
from hydra_auto.training.config import FinetuneConfig, MemoryConfig
from hydra_auto.training.evaluate import baseline_levels
from hydra_auto.training.finetune import finetune
from hydra_auto.training.memory import fit_memory
from hydra_auto.training.predict import predict
from hydra_auto.training.second_opinion import with_second_opinion
from hydra_auto.training.student import RequirementModel, build_bert, fewer_layers

pytestmark = pytest.mark.train

FINETUNE = FinetuneConfig(
    epochs=2.5, batch_tokens=64, warmup_steps=5, disguises=0.0, windows=((64, 1.0),), checkpoint_steps=1
)


@pytest.fixture
def progress():
    with Progress(console=Console(file=io.StringIO())) as shown:
        yield shown


class Interrupted(Exception):
    pass


def small_model(state):
    torch.manual_seed(3)
    return RequirementModel(build_bert(fewer_layers(state, 2), heads=2), 32)


def bars(progress):
    return {task.description.split(" (")[0]: (task.completed, task.total) for task in progress.tasks}


def test_fine_tuning_shows_one_bar_for_all_epochs(
    teacher_state, tokenizer, items, tmp_path, progress, monkeypatch
):
    started = []
    original = finetune_module.MixedPrecision.step

    def step(self, *args):
        (bar,) = progress.tasks
        started.append((bar.description.split(" (")[0], bar.completed, bar.total))
        if len(started) == stop:
            raise Interrupted
        original(self, *args)

    monkeypatch.setattr(finetune_module.MixedPrecision, "step", step)
    monkeypatch.setattr("hydra_auto.training.epochs._SURFACE_SHARE", 0.0)  # no longer texts, no more batches

    def run():
        model = small_model(teacher_state)
        finetune(model, tokenizer, items, items, [], FINETUNE, 7, folder=tmp_path, progress=progress)

    stop = 4
    with pytest.raises(Interrupted):
        run()
    progress = Progress(disable=True)
    stop = 0
    run()
    assert [done for _, done, _ in started] == [0, 1, 2, 3, *range(3, len(started) - 1)]
    steps = len(started) - 1  # one was tried twice
    assert {total for _, _, total in started} == {steps}
    assert bars(progress)["Fine-tuning, epoch 3 of 2.5"] == (steps, steps)
    assert {name for name, _, _ in started} == {f"Fine-tuning, epoch {epoch} of 2.5" for epoch in (1, 2, 3)}


def test_predicting_counts_tokens_because_long_texts_take_longer(teacher_state, tokenizer, items, progress):
    texts = [item.text for item in items]
    predict(small_model(teacher_state).eval(), tokenizer, texts, 40, progress, "Dev")
    tokens = sum(len(encoding.ids) for encoding in tokenizer.encode_batch(texts))
    assert bars(progress) == {"Dev": (tokens, tokens)}


def test_fitting_a_memory_shows_how_far_it_is(progress, monkeypatch):
    monkeypatch.setattr("hydra_auto.training.memory._CHUNK", 20)
    vectors = np.random.default_rng(2).normal(size=(50, 6)).astype(np.float32)
    aims = np.clip(vectors[:, :4], 0, 1)
    fit_memory(vectors, aims, np.full(50, fill_value=True), MemoryConfig(places=10), 0.0, 7, progress)
    assert bars(progress) == {"Fitting the memory": (50, 50), "Solving for 10 messages": (1, 1)}


def messages(count=24):
    words = ("rename", "prove")
    return [
        Item(
            source=REAL,
            set_name="own",
            item_id=str(n),
            texts={"en": f"{words[n % 2]} thing {n}"},
            requirements=(0.1 + 0.8 * (n % 2), 0.1, 0.0, 0.0),
        )
        for n in range(count)
    ]


def vectors_of(texts):
    return np.random.default_rng(len(texts)).normal(size=(len(texts), 3)).astype(np.float32)


def test_a_second_opinion_shows_how_far_it_is(progress, monkeypatch):
    monkeypatch.setattr("hydra_auto.training.second_opinion._CHUNK", 10)
    with_second_opinion(messages(), 0.5, vectors_of, progress)
    assert bars(progress) == {"Comparing messages": (24, 24), "Solving for 24 messages": (1, 1)}


def test_baselines_show_how_far_they_are(progress):
    found = baseline_levels(messages(), messages(8), messages(10), vectors_of, progress)
    assert bars(progress)["Baselines"] == (len(found), len(found))
    assert all(levels.shape == (10, 4) for levels in found.values())
    assert progress.finished
