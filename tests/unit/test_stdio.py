from __future__ import annotations

import asyncio
import re
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO

import pytest

from hydra_auto.rpc.stdio import MessageReader


class Counting(ThreadPoolExecutor):
    """Counts what it is given to do."""

    jobs = 0

    def submit(self, *args, **kwargs):
        self.jobs += 1
        return super().submit(*args, **kwargs)


def read_all(stream: bytes) -> tuple[list[bytes], int]:
    """Bodies of all messages, read as pygls reads them, and how many jobs that was for the other thread."""

    async def read(executor: Counting) -> list[bytes]:
        reader, bodies, length = MessageReader(BytesIO(stream), executor), [], 0
        while line := await reader.readline():
            if header := re.fullmatch(rb"Content-Length: (\d+)\r\n", line):
                length = int(header[1])
            elif length and not line.strip():
                bodies.append(await reader.readexactly(length))
                length = 0
        return bodies

    with Counting(max_workers=1) as executor:
        return asyncio.run(read(executor)), executor.jobs


def framed(body: bytes, more: bytes = b"") -> bytes:
    return b"Content-Length: %d\r\n%s\r\n%s" % (len(body), more, body)


def test_each_message_takes_one_job_of_the_reading_thread() -> None:
    with_type = framed(b'{"b": 2}', b"Content-Type: application/vscode-jsonrpc; charset=utf-8\r\n")
    bodies, jobs = read_all(framed(b'{"a": 1}') + with_type + framed("ö\n\r\n".encode()))
    assert bodies == [b'{"a": 1}', b'{"b": 2}', "ö\n\r\n".encode()]
    assert jobs == len(bodies) + 1  # and the end


@pytest.mark.parametrize(
    ("stream", "bodies"),
    [
        (b"", []),
        (b"Content-Length: 5\r\n", []),
        (b"Content-Length: 5\r\n\r\nab", [b"ab"]),
        (b"noise\r\n\r\n" + framed(b"{}"), [b"{}"]),
        (b"Content-Length: x\r\n\r\n" + framed(b"{}"), [b"{}"]),
        (b"Content-Length: 0\r\n\r\n" + framed(b"{}"), [b"{}"]),
        (b"no line at all", []),
    ],
)
def test_what_is_no_message_is_handed_on_as_it_is(stream: bytes, bodies: list[bytes]) -> None:
    assert read_all(stream)[0] == bodies
