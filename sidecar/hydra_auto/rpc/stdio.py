"""Reading messages from a pipe with one step on another thread for each."""

from __future__ import annotations

import asyncio
import re
from concurrent.futures import Executor
from io import BytesIO
from typing import BinaryIO

_CONTENT_LENGTH = re.compile(rb"Content-Length: (\d+)\r\n")


class MessageReader:
    """A pipe as ``pygls.io_.run_async`` reads one, with a whole message fetched at the first ask for a line.

    pygls's own reader goes to another thread and back for every header line and once more for the body; on a
    busy machine each time waits for the scheduler. For one reader at a time.
    """

    def __init__(self, stdin: BinaryIO, executor: Executor) -> None:
        """Nothing is read yet.

        Args:
            stdin: Blocks until there is something to read.
            executor: Where to wait for it.
        """
        self._stdin = stdin
        self._executor = executor
        self._message = BytesIO()

    async def readline(self) -> bytes:
        """The next line with its end; empty at the end of the stream."""
        if line := self._message.readline():
            return line
        self._message = BytesIO(await asyncio.get_running_loop().run_in_executor(self._executor, self._fetch))
        return self._message.readline()

    async def readexactly(self, count: int) -> bytes:
        """The next ``count`` bytes, fewer where the stream ends early. They are the body of a message."""
        return self._message.read(count)

    def _fetch(self) -> bytes:
        """Headers, empty line and body; only lines up to an empty one where no header tells a length."""
        head, length = b"", 0
        while line := self._stdin.readline():
            head += line
            if header := _CONTENT_LENGTH.fullmatch(line):
                length = length or int(header[1])
            elif not line.strip():
                break
        return head + self._stdin.read(length)
