"""One configuration per run: everything that decides the weights, written beside them."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

import cattrs
import yaml

from hydra_auto.core.errors import RouterError

CONFIG_FILE: Final = "config.yaml"


class TrainingFailed(RouterError):
    """A training step cannot run: an input is missing, altered or does not fit its run."""

    reference = "training-failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class VocabularyConfig:
    """Which pieces of the 250k XLM-R vocabulary stay.

    Attributes:
        scale: Factor on the pieces kept per script (`vocabulary.PIECES_PER_SCRIPT`).
        min_count: A piece seen this often in the counted texts stays whatever its script.
        counted_texts: At most so many texts are tokenised for the counts.
    """

    scale: float = 0.6
    min_count: int = 3
    counted_texts: int = 200_000


@dataclass(frozen=True, slots=True, kw_only=True)
class StudentConfig:
    """Shape of the encoder; width and heads are the teacher's.

    Attributes:
        kind: ``modernbert``, the distilled student, or ``bert``, the pruned teacher itself, which needs
            no distillation.
        layers: Transformer layers; of a teacher, or of a run that this one starts from, with more,
            every n-th is taken.
        global_every: ModernBERT: every n-th layer sees all tokens.
        local_window: ModernBERT: tokens that the other layers see.
    """

    kind: Literal["modernbert", "bert"] = "modernbert"
    layers: int = 12
    global_every: int = 3
    local_window: int = 128


@dataclass(frozen=True, slots=True, kw_only=True)
class LengthStage:
    """A part of the distillation: texts cut at ``max_tokens``, for ``share`` of all tokens."""

    max_tokens: int
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class DistillConfig:
    """Teacher to student on unlabelled text.

    Attributes:
        tokens: Tokens seen in all, over all stages.
        stages: Length curriculum; shares sum to 1.
        batch_tokens: Tokens of a batch, padding included.
        learning_rate: Peak, after ``warmup_steps``, then cosine decay to 3 % of it.
        warmup_steps: Linear warm-up.
        checkpoint_steps: A checkpoint is written every so many steps.
    """

    tokens: int = 3_200_000
    stages: tuple[LengthStage, ...] = (
        LengthStage(max_tokens=128, share=0.6),
        LengthStage(max_tokens=256, share=0.25),
        LengthStage(max_tokens=512, share=0.15),
    )
    batch_tokens: int = 3072
    learning_rate: float = 1e-3
    warmup_steps: int = 100
    checkpoint_steps: int = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class FinetuneConfig:
    """Heads and encoder on annotated requirements.

    Attributes:
        epochs: Passes over the training split; the last may be a part of one.
        batch_tokens: Tokens of a batch, padding included.
        learning_rate: Peak for the encoder, cosine decay to ``floor`` of it over all epochs.
        floor: Share of the peak learning rate at the end; above 0 for a run that another goes on from.
        heads_factor: The heads, which start at random, learn so many times faster.
        warmup_steps: Linear warm-up.
        squared_weight: Weight of the squared error beside the binary cross-entropy.
        absolute_weight: Weight of the absolute error.
        rank_weight: Weight of the pairwise logistic loss: of two messages of a batch, which needs more.
        consistency_weight: Weight of the squared spread between the languages of an item.
        vector_weight: Weight of the spread of its vectors, as a share of the spread of all in the batch.
        high_weight: A message whose largest requirement is m counts 1 + ``high_weight`` * m^2.
        languages: Languages of an item seen per epoch at most, English included.
        shares: Share of a source's items seen per epoch, drawn anew, by source (`annotations`); all of those
            that are not named.
        unlabelled_pairs: Parallel texts without annotation seen per epoch, for consistency only.
        disguises: Share of short texts that get a disguise (`augmentation`).
        hidden_tokens: Up to this share of each text's tokens is hidden behind the mask token.
        left_out_layers: Share of the encoder's layers that a step leaves out ("LayerDrop", Fan et al. 2020):
            no layer can rely on another, and a shorter encoder can be cut out afterwards.
        second_opinion: Share of a kernel ridge's prediction in the requirements of real messages
            (`second_opinion`).
        kind_weight: Weight of the cross-entropy of the kind of request, learnt beside the requirements.
        windows: (tokens, share): long texts are cut to windows of these sizes, to save time.
        max_tokens: Window at evaluation and inference.
        checkpoint_steps: A checkpoint is written every so many steps.
    """

    epochs: float = 2.8
    batch_tokens: int = 3072
    learning_rate: float = 3e-4
    floor: float = 0.0
    heads_factor: float = 10.0
    warmup_steps: int = 60
    squared_weight: float = 2.0
    absolute_weight: float = 0.5
    rank_weight: float = 0.2
    consistency_weight: float = 4.0
    vector_weight: float = 0.0
    high_weight: float = 1.0
    languages: int = 4
    shares: dict[str, float] = field(default_factory=lambda: {"requirements_added": 0.5, "outcomes": 0.5})
    unlabelled_pairs: int = 800
    disguises: float = 0.2
    hidden_tokens: float = 0.0
    left_out_layers: float = 0.0
    second_opinion: float = 0.0
    kind_weight: float = 0.0
    windows: tuple[tuple[int, float], ...] = ((128, 0.65), (256, 0.25), (512, 0.1))
    max_tokens: int = 512
    checkpoint_steps: int = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryConfig:
    """The head that remembers training messages (`memory`).

    Attributes:
        places: Messages remembered; no such head when 0.
        real_share: Share of them that are real messages, the others chat.
        share: Of what they tell in a requirement; the linear heads have the rest.
        steepness: How fast likeness falls: exp(-steepness) is left at the median squared distance.
        penalty: Ridge penalty.
        chat_weight: What a chat text counts, a real one 1.
        languages: In which a chat message is learnt at most, English included.
    """

    places: int = 0
    real_share: float = 0.6
    share: float = 0.6
    steepness: float = 4.0
    penalty: float = 0.3
    chat_weight: float = 0.5
    languages: int = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class RunConfig:
    """A run; two runs with equal configs and equal data give equal weights up to rounding.

    Attributes:
        start: Run folder, beside this one, whose fine-tuned model the fine-tuning goes on from; the distilled
            student when empty.
        mixed_in: Share of the weights of other runs' fine-tuned models, by run folder beside this one; the
            rest is what this run learnt ("model soups", Wortsman et al. 2022).
    """

    name: str = "student12-v2"
    seed: int = 20_261_125
    threads: int = 2
    start: str = ""
    mixed_in: dict[str, float] = field(default_factory=dict)
    vocabulary: VocabularyConfig = field(default_factory=VocabularyConfig)
    student: StudentConfig = field(default_factory=StudentConfig)
    distill: DistillConfig = field(default_factory=DistillConfig)
    finetune: FinetuneConfig = field(default_factory=FinetuneConfig)
    memory: MemoryConfig = field(default_factory=MemoryConfig)


_converter = cattrs.Converter(forbid_extra_keys=True)


def as_json(config: RunConfig) -> dict[str, object]:
    """``config`` as plain values for JSON."""
    plain: dict[str, object] = _converter.unstructure(config)
    return plain


def read_config(path: Path) -> RunConfig:
    """Config file of a run; keys that are left out have their default.

    Raises:
        TrainingFailed: The file is missing, is no YAML, or has an unknown key or a wrong type.
    """
    try:
        return _converter.structure(yaml.safe_load(path.read_text(encoding="utf-8")) or {}, RunConfig)
    except FileNotFoundError as error:
        raise TrainingFailed(f"Config {path} does not exist.") from error
    except yaml.YAMLError as error:
        raise TrainingFailed(f"Config {path} is no YAML: {error}.") from error
    except cattrs.BaseValidationError as error:
        problems = "; ".join(cattrs.transform_error(error))
        raise TrainingFailed(f"Config {path} is invalid: {problems}.") from error


def open_run(folder: Path, config_file: Path | None = None) -> RunConfig:
    """The run's config, written into ``folder`` on first use.

    Args:
        folder: Run folder; created where missing.
        config_file: Config for a new run; the defaults when None.

    Raises:
        TrainingFailed: The config is invalid, or differs from the one the run began with.
    """
    own = folder / CONFIG_FILE
    config = read_config(config_file) if config_file else RunConfig()
    if own.exists():
        begun = read_config(own)
        if config_file and begun != config:
            raise TrainingFailed(
                f"Run {folder} began with another config.", "Use a new --run folder for a new config."
            )
        return begun
    folder.mkdir(parents=True, exist_ok=True)
    own.write_text(yaml.safe_dump(as_json(config), sort_keys=False), encoding="utf-8")
    return config
