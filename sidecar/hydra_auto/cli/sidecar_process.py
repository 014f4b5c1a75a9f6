"""A sidecar process for measuring: a client that hardly counts, so that the sidecar does."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

from hydra_auto.core.errors import RouterError


class SidecarProcess:
    """A running ``hydra-auto serve``, asked one thing at a time. Notifications that it sends are dropped.

    The client of pygls would be measured along: it reads through a pool of threads, and looks at each object
    of an answer in Python.
    """

    def __init__(self, options: Sequence[str] = ()) -> None:
        """Start it.

        Args:
            options: Of ``serve``.
        """
        command = [sys.executable, "-m", "hydra_auto", "serve", "--log-level", "error", *options]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # noqa: S603
        self._ids = itertools.count(1)

    def notify(self, method: str, params: object) -> None:
        """Tell it something."""
        self._send({"method": method, "params": params})

    def ask(self, method: str, params: object) -> Any:  # noqa: ANN401 - what JSON holds
        """The result of a request, as plain data.

        Raises:
            RouterError: The answer is an error, or the process ended.
        """
        own = next(self._ids)
        self._send({"id": own, "method": method, "params": params})
        while (answer := self._receive()).get("id") != own:
            pass
        if "error" in answer:
            raise RouterError(answer["error"]["message"])
        return answer["result"]

    def stop(self) -> None:
        """Shut it down and wait for its end."""
        with self._process:
            self.ask("shutdown", None)
            self.notify("exit", None)

    def _send(self, message: dict[str, Any]) -> None:
        assert self._process.stdin is not None  # noqa: S101  for the type checker
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
        self._process.stdin.flush()

    def _receive(self) -> dict[str, Any]:
        assert self._process.stdout is not None  # noqa: S101  for the type checker
        length = 0
        while header := self._process.stdout.readline().strip():
            name, _, value = header.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        if not length:
            raise RouterError("The sidecar ended without an answer.", "Run hydra-auto doctor.")
        message: dict[str, Any] = json.loads(self._process.stdout.read(length))
        return message
