"""What asks a process to end."""

from __future__ import annotations

import signal

STOPPING = tuple(
    getattr(signal, name)
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
    if hasattr(signal, name)
)
"""Ctrl-C, the system, a terminal that closes."""
