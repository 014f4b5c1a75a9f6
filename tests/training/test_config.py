from __future__ import annotations

from pathlib import Path

import pytest

from hydra_auto.training.config import TrainingFailed, as_json, read_config

pytestmark = pytest.mark.train
COMMITTED = sorted((Path(__file__).parents[2] / "sidecar" / "training").glob("*.yaml"))


@pytest.fixture
def refused(tmp_path):
    def message(content):
        path = tmp_path / "config.yaml"
        path.write_text(content, encoding="utf-8")
        with pytest.raises(TrainingFailed) as caught:
            read_config(path)
        return str(caught.value)

    return message


@pytest.mark.parametrize(
    ("content", "value", "allowed", "key"),
    [
        ("threads: 0", "0", "1 to 256", "threads"),
        ("mixed_in: {a: 1.5}", "1.5", "0 to 1", "mixed_in['a']"),
        ("student: {layers: 13}", "13", "1 to 12", "student.layers"),
        ("student: {layers: 0}", "0", "1 to 12", "student.layers"),
        ("distill: {warmup_steps: 0}", "0", "1 to", "distill.warmup_steps"),
        ("distill: {stages: [{max_tokens: 1024, share: 1}]}", "1024", "8 to 512", "max_tokens"),
        ("finetune: {warmup_steps: 0}", "0", "1 to", "finetune.warmup_steps"),
        ("finetune: {checkpoint_steps: 0}", "0", "1 to", "finetune.checkpoint_steps"),
        ("finetune: {max_tokens: 513}", "513", "8 to 512", "finetune.max_tokens"),
        ("finetune: {windows: [[600, 1.0]]}", "600", "8 to 512", "finetune.windows"),
        ("finetune: {floor: -0.1}", "-0.1", "0 to 1", "finetune.floor"),
        ("finetune: {epochs: .nan}", "nan", "0 to", "finetune.epochs"),
        ("finetune: {languages: 2.5}", "2.5", "whole", "finetune.languages"),
        ("finetune: {shares: {outcomes: 2}}", "2", "0 to 1", "finetune.shares"),
        ("memory: {places: -1}", "-1", "0 to", "memory.places"),
    ],
)
def test_a_value_out_of_range_is_named_with_key_and_range(refused, content, value, allowed, key):
    message = refused(content)
    assert f"{value} is" in message
    assert allowed in message
    assert key in message


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("mixed_in: {a: 0.6, b: 0.6}", "mixed_in sum to 1.2; at most 1"),
        ("finetune: {windows: []}", "windows"),
        ("finetune: {windows: [[128, 0.5], [256, 0.4]]}", "windows sum to 0.9; they have to sum to 1"),
        ("finetune: {attack_tokens: [9, 4]}", "the least and the most, in this order; not (9, 4)"),
        ("distill: {stages: [{max_tokens: 128, share: 0.5}]}", "stages sum to 0.5; they have to sum to 1"),
    ],
)
def test_values_that_do_not_fit_together_are_named(refused, content, told):
    assert told in refused(content)


def test_all_problems_of_a_config_are_told_at_once(refused):
    message = refused("threads: 0\nfinetune: {floor: 2, epoch: 1}")
    assert all(name in message for name in ("threads", "floor", "epoch"))


@pytest.mark.parametrize("content", ["[1, 2]", "name"])
def test_a_config_that_is_no_mapping_is_refused_without_a_traceback(refused, content):
    assert "config.yaml" in refused(content)


@pytest.mark.parametrize("path", COMMITTED, ids=lambda path: path.stem)
def test_the_committed_configs_are_read(path):
    assert as_json(read_config(path))["name"] == path.stem
