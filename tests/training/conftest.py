"""A teacher, a tokenizer and annotated messages small enough to train in seconds."""

from __future__ import annotations

import pytest

pytest.importorskip("torch", reason="needs the train extra: pip install 'hydra-auto[train]'")
pytest.importorskip("transformers", reason="needs the train extra: pip install 'hydra-auto[train]'")

import numpy as np
import onnxruntime
import torch
from rich.progress import Progress
from tokenizers import Tokenizer
from tokenizers.models import Unigram
from tokenizers.pre_tokenizers import Metaspace
from tokenizers.processors import TemplateProcessing

from hydra_auto.training.annotations import REAL, Item

torch.set_num_threads(1)  # the networks are too small for two threads to share

WIDTH, INNER, HEADS, LAYERS = 32, 64, 2, 4
SENTENCES = (
    ("please rename this variable in the file", (0.05, 0.15, 0.0, 0.2)),
    ("prove that the queue is linearizable", (0.95, 0.3, 0.65, 0.05)),
    ("the test hangs now and then find out why", (0.6, 0.4, 0.8, 0.7)),
    ("write a function that reverses a list", (0.2, 0.3, 0.0, 0.0)),
    ("what does this flag do", (0.2, 0.05, 0.0, 0.0)),
    ("thanks a lot", (0.0, 0.0, 0.0, 0.0)),
    ("build the whole server with tests", (0.6, 0.8, 0.4, 0.85)),
    ("the page is blank after the update", (0.3, 0.25, 0.5, 0.3)),
)


@pytest.fixture(scope="session")
def vocabulary():
    words = sorted({word for text, _ in SENTENCES for word in text.split()})
    pieces = [("<s>", 0.0), ("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0)]
    pieces += [(f"\u2581{word}", -5.0 - i / 100) for i, word in enumerate(words)]
    pieces += [(letter, -12.0 - i / 100) for i, letter in enumerate("\u2581abcdefghijklmnopqrstuvwxyz")]
    return pieces


@pytest.fixture(scope="session")
def tokenizer(vocabulary):
    made = Tokenizer(Unigram(vocabulary, unk_id=3))
    made.pre_tokenizer = Metaspace()
    made.post_processor = TemplateProcessing(single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)])
    made.add_special_tokens(["<s>", "<pad>", "</s>", "<unk>"])
    return made


@pytest.fixture(scope="session")
def teacher_state(vocabulary):
    generator = torch.Generator().manual_seed(1)

    def random(*shape):
        return torch.randn(*shape, generator=generator) * 0.2

    state = {
        "embeddings.word_embeddings.weight": random(len(vocabulary), WIDTH),
        "embeddings.position_embeddings.weight": random(128, WIDTH) * 0.1,
        "embeddings.token_type_embeddings.weight": random(2, WIDTH) * 0.1,
        "embeddings.LayerNorm.weight": torch.ones(WIDTH),
        "embeddings.LayerNorm.bias": torch.zeros(WIDTH),
    }
    for layer in range(LAYERS):
        prefix = f"encoder.layer.{layer}"
        shapes = {
            "attention.self.query": (WIDTH, WIDTH),
            "attention.self.key": (WIDTH, WIDTH),
            "attention.self.value": (WIDTH, WIDTH),
            "attention.output.dense": (WIDTH, WIDTH),
            "intermediate.dense": (INNER, WIDTH),
            "output.dense": (WIDTH, INNER),
        }
        for name, shape in shapes.items():
            state[f"{prefix}.{name}.weight"] = random(*shape)
            state[f"{prefix}.{name}.bias"] = torch.zeros(shape[0])
        for name in ("attention.output.LayerNorm", "output.LayerNorm"):
            state[f"{prefix}.{name}.weight"] = torch.ones(WIDTH)
            state[f"{prefix}.{name}.bias"] = torch.zeros(WIDTH)
    return state


@pytest.fixture(scope="session")
def items():
    return [
        Item(source=REAL, set_name="own", item_id=str(i), texts={"en": text}, requirements=needs)
        for i, (text, needs) in enumerate((*SENTENCES, *((f"{text} now", n) for text, n in SENTENCES)))
    ]


@pytest.fixture
def progress():
    return Progress(disable=True)


@pytest.fixture
def run_file():
    """Requirements that an encoder file gives to lists of ids, [texts, 4]."""

    def run(path, sequences):
        session = onnxruntime.InferenceSession(str(path))
        return np.concatenate(
            [session.run(None, {"input_ids": np.array([ids], np.int64)})[0] for ids in sequences]
        )

    return run
