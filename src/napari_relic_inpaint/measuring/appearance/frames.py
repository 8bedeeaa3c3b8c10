"""What two processes say to each other: a line of JSON, and as many bytes as it announces."""

from __future__ import annotations

import json
from typing import IO, Any

LENGTH = "bytes"


def send(stream: IO[bytes], data: bytes = b"", **head: Any) -> None:
    """Send a message, with data if there are any."""
    stream.write(json.dumps({**head, LENGTH: len(data)}).encode() + b"\n")
    stream.write(data)
    stream.flush()


def receive(stream: IO[bytes]) -> tuple[dict[str, Any], bytes] | None:
    """Wait for a message and return its head and data; None when the other side has ended."""
    line = stream.readline()
    if not line.endswith(b"\n"):
        return None
    head = json.loads(line)
    data = stream.read(head[LENGTH])
    return (head, data) if len(data) == head[LENGTH] else None
