"""The encoder as a predictor: tokenizer and ONNX Runtime, which only this module imports at inference."""

from __future__ import annotations

import logging
import math
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from hydra_auto.adapters.model_files import ModelFiles
from hydra_auto.adapters.text_cleaning import cleaned
from hydra_auto.adapters.text_window import window_ids
from hydra_auto.core.capabilities import Capability
from hydra_auto.core.errors import InferenceFailed, ModelChecksum
from hydra_auto.core.prediction import Prediction

if TYPE_CHECKING:
    from pathlib import Path

    from onnxruntime import InferenceSession
    from tokenizers import Tokenizer

_log = logging.getLogger(__name__)
_PROVIDER: Final = "CPUExecutionProvider"
SLOWER: Final = ("SkipLayerNormFusion",)  # its one kernel takes longer than the two that it replaces


def open_session(encoder: Path, threads: int = 1, left_out: Sequence[str] = SLOWER) -> InferenceSession:
    """An encoder file ready to run; by default as it is served.

    Args:
        encoder: The ONNX file.
        threads: Intra-op threads; they sleep between calls, since spinning ones fight with the editor.
        left_out: Optimisations of the graph that ONNX Runtime does not make.
    """
    import onnxruntime as ort  # noqa: PLC0415  most of a cold start; --help does without

    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return ort.InferenceSession(
        str(encoder), options, providers=[_PROVIDER], disabled_optimizers=list(left_out)
    )


class OnnxPredictor:
    """Predicts requirements with the checked encoder; implements `app.ports.RequirementPredictor`.

    Texts run one at a time. The int8 encoder scales its activations by the whole batch, so that a text's
    numbers would depend on its neighbours in a batch; on one thread a batch is hardly faster anyway.

    One call at a time: the caller keeps threads apart.
    """

    def __init__(self, files: ModelFiles, *, threads: int = 1) -> None:
        """Remembers what to load; nothing is read yet.

        Args:
            files: Checked model files.
            threads: Intra-op threads. One is the default: two were slower beside a busy editor.
        """
        self._files = files
        self._threads = threads
        self._session: InferenceSession | None = None
        self._tokenizer: Tokenizer | None = None

    @property
    def model_version(self) -> str:
        """Short name of the weights, as in the model card."""
        return self._files.version

    @property
    def max_tokens(self) -> int:
        """Size of the window, special tokens included."""
        return self._files.max_tokens

    def load(self) -> None:
        """Loads tokenizer and encoder; a second call does nothing.

        Raises:
            ModelChecksum: A file is as the card says, yet this ONNX Runtime or tokenizers cannot read it.
        """
        if self._session is not None:
            return
        # One text at a time leaves the tokenizer's thread pool nothing to do but start.
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
        from tokenizers import Tokenizer  # noqa: PLC0415

        try:
            self._tokenizer = Tokenizer.from_file(str(self._files.tokenizer))
            self._session = open_session(self._files.encoder, self._threads)
        except Exception as error:  # both libraries raise bare exceptions of their own
            raise ModelChecksum(
                f"The encoder in {self._files.encoder.parent} cannot be loaded.",
                "Reinstall hydra-auto; it may not match the installed onnxruntime and tokenizers.",
            ) from error
        _log.info("encoder %s on %s, %d thread(s)", self.model_version, _PROVIDER, self._threads)

    def predict(self, texts: Sequence[str]) -> list[Prediction]:
        """One prediction a text, in order; loads the encoder on first use.

        Lone surrogates count as U+FFFD; invisible characters and lookalike letters are undone. A text longer
        than the window is read in parts (`text_window`); beyond 32 characters per token of the window, its
        number of tokens is an estimate from the part that was read.

        Raises:
            InferenceFailed: The runtime refused the input.
            ModelChecksum: The encoder cannot be loaded.
        """
        self.load()
        return [self._predict_one(text) for text in texts]

    def token_ids(self, text: str) -> tuple[list[int], int]:
        """Ids in the window, special tokens included, and the tokens of the whole text."""
        return window_ids(text, self.max_tokens, self.whole_ids)

    def whole_ids(self, text: str) -> list[int]:
        """Ids of all of ``text``, cleaned, special tokens included; time and memory grow with its length."""
        self.load()
        assert self._tokenizer is not None  # noqa: S101 - for the type checker
        ids: list[int] = self._tokenizer.encode(cleaned(text)).ids
        return ids

    def predict_ids(self, ids: Sequence[int]) -> dict[Capability, float]:
        """Requirements in [0, 1] of these ids as they are.

        Args:
            ids: With the special tokens at both ends; at most `max_tokens`.

        Raises:
            InferenceFailed: The runtime refused the input.
            ModelChecksum: The encoder cannot be loaded.
        """
        import numpy as np  # noqa: PLC0415 - comes with onnxruntime, see load()

        self.load()
        assert self._session is not None  # noqa: S101 - for the type checker
        try:
            (output,) = self._session.run(["requirements"], {"input_ids": np.array([ids], np.int64)})
        except Exception as error:  # ONNX Runtime's exceptions share no base but Exception
            raise InferenceFailed("The encoder could not score the text.") from error
        return _levels(output[0])

    def _predict_one(self, text: str) -> Prediction:
        ids, tokens = self.token_ids(text)
        return Prediction(
            requirements=self.predict_ids(ids), tokens=tokens, truncated=tokens > self.max_tokens
        )


def _levels(row: Any) -> dict[Capability, float]:  # noqa: ANN401 - a float32 array [4]
    """Requirement per capability; float32 rounding can leave [0, 1] by an ulp."""
    if not all(math.isfinite(value) for value in row):
        raise InferenceFailed("The encoder's output is not finite.")
    return {c: min(1.0, max(0.0, float(value))) for c, value in zip(Capability, row, strict=True)}
