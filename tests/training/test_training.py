from __future__ import annotations

import dataclasses
import functools
import json
import random

import numpy as np
import onnxruntime
import pytest
import torch
from transformers import ModernBertConfig, ModernBertModel

from hydra_auto.adapters.model_files import ENCODER, TOKENIZER, open_model_files
from hydra_auto.adapters.onnx_predictor import OnnxPredictor
from hydra_auto.core.capabilities import Capability
from hydra_auto.training import distill as distill_module
from hydra_auto.training import evaluate, yardstick
from hydra_auto.training import finetune as finetune_module
from hydra_auto.training.annotations import ADDED, PARALLEL, Item
from hydra_auto.training.calibration import Calibration
from hydra_auto.training.config import (
    DistillConfig,
    FinetuneConfig,
    LengthStage,
    RunConfig,
    StudentConfig,
)
from hydra_auto.training.copy_initialisation import copy_initialise
from hydra_auto.training.corpus import Corpus, open_tokens
from hydra_auto.training.distill import LikenessCheck, distill
from hydra_auto.training.epochs import NO_KIND, Batch, epoch_units, hidden
from hydra_auto.training.export import quantise, write_card
from hydra_auto.training.finetune import (
    finetune,
    kept_layers,
    start_heads,
)
from hydra_auto.training.graph import write_graph
from hydra_auto.training.losses import batch_loss, rank_loss
from hydra_auto.training.predict import encode, predict
from hydra_auto.training.schedule import learning_rate
from hydra_auto.training.student import (
    RequirementModel,
    build_bert,
    build_teacher,
    fewer_layers,
    only_layers,
    student_config,
)

pytestmark = pytest.mark.train


def small_encoder(state):
    torch.manual_seed(3)
    vocabulary, width = state["embeddings.word_embeddings.weight"].shape
    encoder = ModernBertModel(student_config(vocabulary, width, 64, 2, StudentConfig(layers=2)))
    copy_initialise(state, encoder)
    return encoder


def small_model(state):
    return RequirementModel(small_encoder(state), 32)


FINETUNE = FinetuneConfig(
    epochs=1, batch_tokens=200, learning_rate=8e-3, warmup_steps=5, disguises=0.0, windows=((64, 1.0),)
)


def test_a_tiny_model_overfits_sixteen_messages(teacher_state, tokenizer, items, tmp_path, progress):
    model = small_model(teacher_state)
    start_heads(model, items)
    many = list(items) * 90  # one epoch, so that dev is scored once
    finetune(model, tokenizer, many, items, [], FINETUNE, 7, folder=tmp_path, progress=progress)
    reached = json.loads((tmp_path / "log.jsonl").read_text())
    assert reached["real_mean_absolute_error"] < 0.05
    assert reached["real_spearman_mean"] > 0.9


VECTORS = torch.zeros(2, 8)  # of two texts; not asked for unless they have a weight


def batch_of(aim, kinds=None):
    """One text a row of ``aim``, each a unit of its own."""
    count = len(aim)
    return Batch(
        ids=torch.zeros(count, 1),
        mask=torch.ones(count, 1),
        unit=torch.arange(count),
        aim=aim,
        weight=torch.ones(count),
        kind=torch.tensor(kinds or [NO_KIND] * count),
    )


def test_the_order_of_the_largest_requirements_counts_beside_the_heads():
    aim = torch.tensor([[0.5, 0.2, 0.0, 0.0], [0.2, 0.9, 0.0, 0.0]])
    batch = batch_of(aim)
    config = FinetuneConfig(rank_weight=1.0)
    logits = torch.tensor([[3.0, -1.0, -4.0, -4.0], [-1.0, 2.0, -4.0, -4.0]])  # each head right, largest not
    without = batch_loss(VECTORS, logits, batch, FinetuneConfig(rank_weight=0.0))
    heads_only = without + rank_loss(logits, aim)
    assert batch_loss(VECTORS, logits, batch, config) > heads_only


def test_languages_of_an_item_are_drawn_to_one_vector_at_any_scale():
    aim = torch.full((4, 4), 0.3)
    batch = dataclasses.replace(batch_of(aim), unit=torch.tensor([0, 0, 1, 1]))
    config = FinetuneConfig(vector_weight=1.0)
    apart = torch.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 0.1], [0.1, 1.0]])
    together = torch.tensor([[1.0, 0.0], [1.0, 0.1], [0.0, 1.0], [0.1, 1.0]])
    losses = [
        batch_loss(vectors, torch.zeros(4, 4), batch, config) for vectors in (apart, together, 9 * together)
    ]
    assert losses[0] > losses[1] + 0.5
    assert losses[1] == pytest.approx(float(losses[2]))


def test_the_kind_of_request_is_learnt_where_the_annotation_names_one():
    aim = torch.full((2, 4), 0.3)
    right = torch.cat([torch.zeros(2, 4), torch.tensor([[5.0, 0.0], [0.0, 5.0]])], 1)
    config = FinetuneConfig(kind_weight=1.0)
    named, unnamed = batch_of(aim, [0, 1]), batch_of(aim)
    assert batch_loss(VECTORS, right, named, config) < batch_loss(VECTORS, right.flip(0), named, config) - 4
    assert batch_loss(VECTORS, right, unnamed, config) == batch_loss(VECTORS, right[:, :4], unnamed, config)


def test_what_is_learnt_beside_the_requirements_is_not_in_the_weights(
    teacher_state, tokenizer, items, tmp_path, progress
):
    named = zip(items, ("agent", "write") * 8, strict=True)
    kinds = [dataclasses.replace(item, kind=kind) for item, kind in named]
    config = dataclasses.replace(FINETUNE, kind_weight=0.5, left_out_layers=0.3)
    weights = finetune(
        small_model(teacher_state), tokenizer, kinds, items, [], config, 7, folder=tmp_path, progress=progress
    )
    small_model(teacher_state).load_state_dict(weights)
    small_model(teacher_state).load_state_dict(torch.load(tmp_path / "epoch-1.pt", weights_only=True))
    old = small_encoder(teacher_state).state_dict()
    learnt = {name.split(".")[1] for name in old if not torch.equal(old[name], weights[f"encoder.{name}"])}
    assert learnt >= {"0", "1"}  # every layer had its steps


def test_a_step_leaves_out_its_own_layers_and_never_all(teacher_state):
    model = small_model(teacher_state)
    assert kept_layers(model, 0.0, 7, 3) == [0, 1]
    drawn = [kept_layers(model, 0.5, 7, step) for step in range(40)]
    assert drawn == [kept_layers(model, 0.5, 7, step) for step in range(40)]
    assert {tuple(kept) for kept in drawn} == {(0,), (1,), (0, 1)}


def test_an_encoder_runs_with_some_of_its_layers_and_has_all_again_after(teacher_state):
    ids = torch.tensor([[0, 5, 6, 2]])
    with torch.no_grad():
        for bert in (build_bert(teacher_state, heads=2).eval(), small_encoder(teacher_state).eval()):
            whole = bert(input_ids=ids).last_hidden_state
            with only_layers(bert, [1]):
                part = bert(input_ids=ids).last_hidden_state
            assert not torch.allclose(part, whole)
            assert torch.equal(bert(input_ids=ids).last_hidden_state, whole)
        short = build_bert(fewer_layers(teacher_state, 2), heads=2).eval()
        with only_layers(bert := build_bert(teacher_state, heads=2).eval(), [1, 3]):
            assert torch.equal(bert(input_ids=ids).last_hidden_state, short(input_ids=ids).last_hidden_state)


def test_hidden_tokens_are_a_share_of_the_inner_ones():
    ids = list(range(1000))
    rng = random.Random(1)  # noqa: S311 - sampling, not secrets
    counts = [hidden(ids, 0.2, -1, rng).count(-1) for _ in range(50)]
    assert min(counts) < 20
    assert 150 < max(counts) < 250
    assert hidden([7, 8], 1.0, -1, rng) == [7, 8]


def test_the_rank_loss_prefers_the_right_order_and_ignores_ties():
    aim = torch.tensor([[0.1, 0.5, 0.0, 0.3], [0.9, 0.5, 0.0, 0.2]])
    right = torch.tensor([[-1.0, 0.0, 5.0, 1.0], [1.0, 3.0, -5.0, -1.0]])
    assert rank_loss(right, aim) < rank_loss(-right, aim)
    assert rank_loss(right[:, 1:3], aim[:, 1:3]) == 0.0  # nothing needs more than the other


def test_an_epoch_shows_a_share_of_added_texts_and_a_few_languages():
    added = [
        Item(source=ADDED, set_name="x", item_id=str(i), texts={"en": f"t{i}"}, requirements=(0.1,) * 4)
        for i in range(200)
    ]
    texts = {language: f"text in {language}" for language in ("en", "de", "fr", "ja", "ko", "ru")}
    many = Item(source=PARALLEL, set_name="p", item_id="p", texts=texts, requirements=(0.1,) * 4)
    config = dataclasses.replace(FINETUNE, shares={"requirements_added": 0.5}, languages=3)
    units = epoch_units([*added, many], [], config, random.Random(1))  # noqa: S311 - sampling, not secrets
    assert 70 < len(units) - 1 < 130
    (several,) = [unit for unit in units if len(unit.texts) > 1]
    assert len(several.texts) == 3


class Interrupted(Exception):
    pass


def stop_after(monkeypatch, module, steps):
    """Lets the optimiser of ``module`` run for so many steps, then fails like a killed process."""
    seen = []
    original = module.MixedPrecision.step

    def step(self, *args):
        if len(seen) == steps:
            raise Interrupted
        seen.append(1)
        original(self, *args)

    monkeypatch.setattr(module.MixedPrecision, "step", step)


def test_an_interrupted_fine_tuning_goes_on_to_the_same_weights(
    teacher_state, tokenizer, items, tmp_path, progress, monkeypatch
):
    config = dataclasses.replace(
        FINETUNE, epochs=2, batch_tokens=96, checkpoint_steps=1, disguises=0.5, attacked=0.5
    )

    def run(name):
        model = small_model(teacher_state)
        return finetune(
            model, tokenizer, items, items, [], config, 7, folder=tmp_path / name, progress=progress
        )

    straight = run("straight")
    with monkeypatch.context() as patch:
        stop_after(patch, finetune_module, 3)
        with pytest.raises(Interrupted):
            run("resumed")
    resumed = run("resumed")
    assert all(torch.allclose(straight[name], resumed[name], atol=1e-6) for name in straight)


def test_an_interrupted_distillation_goes_on_to_the_same_weights(
    teacher_state, tokenizer, items, tmp_path, progress, monkeypatch
):
    texts = tuple(text for item in items for text in item.texts.values())
    corpus = Corpus(texts, {"fr": ((texts[0], texts[1]), (texts[2], texts[3]))})
    config = DistillConfig(
        tokens=800,
        stages=(LengthStage(max_tokens=16, share=0.5), LengthStage(max_tokens=160, share=0.5)),
        batch_tokens=160,
        checkpoint_steps=1,
    )

    def run(name):
        cache = open_tokens(tmp_path / "tokens.npz", texts, tokenizer, progress)
        teacher, student = build_teacher(teacher_state, heads=2), small_encoder(teacher_state)
        check = LikenessCheck(corpus, tokenizer, teacher)
        return distill(teacher, student, cache, check, tmp_path / name, config, 7, progress)

    straight = run("straight")
    with monkeypatch.context() as patch:
        stop_after(patch, distill_module, 4)
        with pytest.raises(Interrupted):
            run("resumed")
    resumed = run("resumed")
    assert all(torch.allclose(straight[name], resumed[name], atol=1e-6) for name in straight)
    embeddings = "embeddings.tok_embeddings.weight"
    assert torch.equal(straight[embeddings], small_encoder(teacher_state).state_dict()[embeddings])


def test_distillation_brings_the_student_nearer(teacher_state, tokenizer, items, tmp_path, progress):
    texts = tuple(text for item in items for text in item.texts.values())
    corpus = Corpus(texts, {"fr": ((texts[0], texts[1]), (texts[2], texts[3]))})
    config = DistillConfig(
        tokens=3_000,
        stages=(LengthStage(max_tokens=64, share=1.0),),
        batch_tokens=320,
        warmup_steps=5,
    )
    teacher, student = build_teacher(teacher_state, heads=2), small_encoder(teacher_state)
    check = LikenessCheck(corpus, tokenizer, teacher)
    before = check.run(student)
    cache = open_tokens(tmp_path / "tokens.npz", texts, tokenizer, progress)
    distill(teacher, student, cache, check, tmp_path, config, 7, progress)
    assert check.run(student).centred_cosine > before.centred_cosine


@pytest.fixture(scope="module")
def exported(teacher_state, tokenizer, tmp_path_factory):
    folder = tmp_path_factory.mktemp("export")
    model = small_model(teacher_state).eval()
    write_graph(model, folder / "fp32.onnx", 512)
    quantise(folder / "fp32.onnx", folder / ENCODER)
    tokenizer.save(str(folder / TOKENIZER))
    write_card(folder, RunConfig(), Calibration((1.0,) * 4, (0.0,) * 4, (0.0,) * 4), {}, {}, "tiny")
    return model, folder


def levels(folder, texts, encoder=ENCODER):
    files = dataclasses.replace(open_model_files(folder), encoder=folder / encoder)
    predictions = OnnxPredictor(files).predict(texts)
    return np.array([[p.requirements[c] for c in Capability] for p in predictions])


def test_an_exported_bert_agrees_with_torch(run_file, teacher_state, tokenizer, items, tmp_path):
    torch.manual_seed(3)
    model = RequirementModel(build_bert(fewer_layers(teacher_state, 2), heads=2), 32).eval()
    texts = [text for item in items for text in item.texts.values()]
    write_graph(model, tmp_path / "bert.onnx", 40)
    found = run_file(tmp_path / "bert.onnx", encode(tokenizer, texts, 40))
    assert np.abs(found - predict(model, tokenizer, texts, 40).numpy()).max() < 1e-5


def test_levels_up_to_the_floor_are_exported_as_nothing(run_file, teacher_state, tokenizer, items, tmp_path):
    model = small_model(teacher_state).eval()
    texts = [text for item in items for text in item.texts.values()]
    expected = predict(model, tokenizer, texts, 40).numpy()
    floor = np.array([0.0, *np.median(expected[:, 1:], 0)])
    write_graph(model, tmp_path / "floor.onnx", 40, floor)
    found = run_file(tmp_path / "floor.onnx", encode(tokenizer, texts, 40))
    assert np.abs(found - np.where(expected > floor, expected, 0)).max() < 1e-5
    assert (found[:, 1:] == 0).any()
    assert (found[:, 0] > 0).all()


def test_the_exported_model_agrees_with_torch(exported, tokenizer, items):
    model, folder = exported
    texts = [text for item in items for text in item.texts.values()]
    texts += [" ".join(texts), " ".join(texts) * 4]  # beyond the local window
    torch_levels = predict(model, tokenizer, texts, 512).numpy()
    assert np.abs(levels(folder, texts, "fp32.onnx") - torch_levels).max() < 1e-4


def test_int8_roughly_agrees_with_float(exported, items):
    _, folder = exported
    texts = [text for item in items for text in item.texts.values()]
    assert np.abs(levels(folder, texts) - levels(folder, texts, "fp32.onnx")).max() < 0.05


def test_the_yardstick_times_both_encoders(exported, monkeypatch):
    _, folder = exported
    shape = {"vocab_size": 60, "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 3}
    shape |= dict.fromkeys(
        ("pad_token_id", "bos_token_id", "cls_token_id", "eos_token_id", "sep_token_id"), 1
    )
    monkeypatch.setattr(
        yardstick,
        "ModernBertConfig",
        lambda **given: ModernBertConfig(**shape, num_attention_heads=2, **given),
    )
    monkeypatch.setattr(
        yardstick, "open_session", lambda path: opened.append(path) or onnxruntime.InferenceSession(path)
    )
    opened = []
    found = yardstick.time_beside(folder / ENCODER, (8, 100))
    assert opened[0] == folder / ENCODER
    assert len(opened) == 2
    assert list(found) == [8, 100]
    assert all(ours > 0 and base > 0 for ours, base in found.values())


def test_the_learning_rate_warms_up_and_ends_at_its_floor():
    rate = functools.partial(learning_rate, 1.0, floor=0.25, warmup_steps=4)
    assert rate(step=0, done=0.0) == pytest.approx(0.25)
    assert rate(step=9, done=0.0) == pytest.approx(1.0)
    assert rate(step=99, done=1.0) == pytest.approx(0.25)


def test_speed_is_measured_up_to_the_window_only(exported, progress, monkeypatch):
    _, folder = exported
    monkeypatch.setattr(evaluate, "_TIMED_SECONDS", 1e-9)
    window = open_model_files(folder).max_tokens
    monkeypatch.setattr(evaluate, "_LENGTHS", (32, window + 1, 2 * window))
    assert list(evaluate.speed(folder, progress)["milliseconds_by_tokens"]) == [32, window]
