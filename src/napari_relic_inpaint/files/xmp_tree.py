"""Where in an XMP packet its elements lie, so that it is changed there and nowhere else.

Libraries that parse and write XML again change prefixes, line breaks in attributes, or comments.
Nothing that a packet could name from outside of it is read: one with a DOCTYPE is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"

_DEEPEST = 200
_VALUE = rb"(?:\"[^\"]*\"|'[^']*')"
_ATTRIBUTE = re.compile(rb"\s+([^\s=]+)\s*=\s*" + _VALUE)
_TAG = re.compile(rb"<[^\s/>]+((?:\s+[^\s=]+\s*=\s*" + _VALUE + rb")*)\s*(/?)>")


class UnreadableXmpError(ValueError):
    """A packet that is damaged, or no XMP in UTF-8."""


@dataclass(frozen=True, eq=False)
class Element:
    """An element, and where its bytes begin and end.

    Attributes
    ----------
    name : (str, str)
        Namespace and name.
    attributes : dict
        Values by namespace and name.
    start, inside, close, end : int
        Of the start tag, what comes after it, the end tag, and what comes after that; an element
        without content has `inside` and `close` at its end.
    spans : dict
        Where each attribute lies, with the space before it.
    """

    name: tuple[str, str]
    attributes: dict[tuple[str, str], str]
    start: int
    inside: int
    spans: dict[tuple[str, str], tuple[int, int]]
    children: list[Element] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)

    @property
    def close(self) -> int:
        """Where the end tag begins."""
        return self.ends[0]

    @property
    def end(self) -> int:
        """Where the element ends."""
        return self.ends[1]

    @property
    def empty(self) -> bool:
        """Whether there is no end tag."""
        return self.close == self.end

    def all(self) -> Iterator[Element]:
        """Return the element and all below it."""
        yield self
        for child in self.children:
            yield from child.all()


def parse(packet: bytes) -> Element:
    """Return the outermost element of a packet.

    Raises
    ------
    UnreadableXmpError
        If it is damaged, not UTF-8, has a DOCTYPE, or elements in more than 200 others.
    """
    try:
        packet.decode()
    except UnicodeDecodeError:
        raise UnreadableXmpError("it is no UTF-8") from None
    reading = _Reading(packet)
    try:
        reading.parser.Parse(packet, True)
    except expat.ExpatError as error:
        raise UnreadableXmpError(str(error)) from None
    return reading.top[0]


class _Reading:
    def __init__(self, packet: bytes) -> None:
        self._packet = packet
        self._open: list[Element] = []
        self.top: list[Element] = []
        self.parser = expat.ParserCreate("UTF-8", namespace_separator=" ")
        self.parser.namespace_prefixes = True
        self.parser.ordered_attributes = True
        self.parser.StartDoctypeDeclHandler = self._refuse
        self.parser.StartElementHandler = self._begin
        self.parser.EndElementHandler = self._finish

    def _refuse(self, *_: object) -> None:
        raise UnreadableXmpError("it has a DOCTYPE")

    def _begin(self, name: str, listed: list[str]) -> None:
        start = self.parser.CurrentByteIndex
        tag = _TAG.match(self._packet, start)
        if tag is None or len(self._open) >= _DEEPEST:
            raise UnreadableXmpError("its elements cannot be followed")
        places = {each[1].decode(): each.span() for each in _ATTRIBUTE.finditer(tag[1])}
        attributes, spans = {}, {}
        for label, value in zip(listed[::2], listed[1::2], strict=True):
            key, written = _split(label)
            attributes[key] = value
            first, last = places[written]
            spans[key] = tag.start(1) + first, tag.start(1) + last
        element = Element(_split(name)[0], attributes, start, tag.end(), spans)
        if tag[2]:
            element.ends[:] = [tag.end(), tag.end()]
        (self._open[-1].children if self._open else self.top).append(element)
        self._open.append(element)

    def _finish(self, _: str) -> None:
        element = self._open.pop()
        if not element.ends:
            close = self.parser.CurrentByteIndex
            element.ends[:] = [close, self._packet.index(b">", close) + 1]


def _split(label: str) -> tuple[tuple[str, str], str]:
    """Return namespace and name, and the name as it is written."""
    match label.split(" "):
        case [local]:
            return ("", local), local
        case [uri, local]:
            return (uri, local), local
        case [uri, local, prefix]:
            return (uri, local), f"{prefix}:{local}"
    raise UnreadableXmpError("it has a namespace with spaces")
