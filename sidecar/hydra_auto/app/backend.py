"""The parts of a running sidecar that load late or may fail: encoder and catalog."""

from __future__ import annotations

import logging
from collections.abc import Callable
from enum import Enum

from hydra_auto.app.ports import CatalogSource, RequirementPredictor
from hydra_auto.app.service import RoutingService
from hydra_auto.core.errors import InferenceFailed, RouterError

log = logging.getLogger(__name__)


class State(Enum):
    """Where the encoder is in its life."""

    STARTING = "starting"
    READY = "ready"
    FAILED = "failed"


class Backend:
    """Loads the encoder once and then hands out the routing service.

    ``load`` runs on the worker thread that also routes, so a request made while the encoder loads simply
    waits its turn.
    """

    def __init__(self, load_predictor: Callable[[], RequirementPredictor], catalogs: CatalogSource) -> None:
        self._load_predictor = load_predictor
        self._catalogs = catalogs
        self._service: RoutingService | None = None
        self._predictor: RequirementPredictor | None = None
        self.error: RouterError | None = None

    @property
    def state(self) -> State:
        """Starting until ``load`` has run, then ready or failed."""
        if self.error is not None:
            return State.FAILED
        return State.STARTING if self._service is None else State.READY

    @property
    def model_version(self) -> str | None:
        """The encoder's version, once it is loaded."""
        return self._predictor.model_version if self._predictor else None

    def load(self) -> None:
        """Load the encoder; a failure becomes ``state`` failed with its ``error``."""
        try:
            self._predictor = self._load_predictor()
        except RouterError as error:
            log.error("encoder not loaded: %s", error.reference)  # noqa: TRY400  the error says it all
            self.error = error
            return
        except Exception as error:  # noqa: BLE001  on the worker thread nobody else would see it
            kind = type(error).__name__
            log.error("encoder not loaded: %s", kind)  # noqa: TRY400
            self.error = InferenceFailed(
                f"The encoder could not be loaded ({kind}).", "Run hydra-auto doctor."
            )
            return
        self._service = RoutingService(self._predictor, self._catalogs)

    def service(self) -> RoutingService:
        """The routing service.

        Raises:
            RouterError: The encoder could not be loaded.
            RuntimeError: ``load`` has not run.
        """
        if self.error is not None:
            raise self.error
        if self._service is None:
            raise RuntimeError("service asked for before load")
        return self._service
