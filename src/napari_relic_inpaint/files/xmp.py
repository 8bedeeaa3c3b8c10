"""What a restored picture says of itself, put into its XMP; all else in there stays as it is."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple
from xml.sax.saxutils import escape, quoteattr

from napari_relic_inpaint.files.statement import Statement
from napari_relic_inpaint.files.xmp_tree import RDF, Element, UnreadableXmpError, parse

IPTC = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
MEDIA = "http://ns.adobe.com/xap/1.0/mm/"
EVENT = "http://ns.adobe.com/xap/1.0/sType/ResourceEvent#"
OURS = "https://github.com/napari-relic-inpaint/napari-relic-inpaint/xmp/1.0/"

_PREFIXES = {
    RDF: "rdf",
    IPTC: "Iptc4xmpExt",
    MEDIA: "xmpMM",
    EVENT: "stEvt",
    OURS: "relicInpaint",
}
_SOURCE_TYPE = (IPTC, "DigitalSourceType")
_HISTORY = (MEDIA, "History")
_ABOUT = ((RDF, "about"), ("", "about"))
_SEQUENCES = {(RDF, "Seq"), (RDF, "Bag"), (RDF, "Alt")}

# A picture in which there was a fill by a trained network stays one.
_TRAINED = re.compile(r"trainedAlgorithmicMedia$", re.IGNORECASE)

_START = '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
_NEW = (
    f'{_START}<x:xmpmeta xmlns:x="adobe:ns:meta/">\n <rdf:RDF xmlns:rdf="{RDF}">\n </rdf:RDF>\n'
    '</x:xmpmeta>\n<?xpacket end="w"?>'
).encode()

_END = b"<?xpacket end="
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class _Change(NamedTuple):
    """Bytes that take the place of those from `start` to `end`."""

    start: int
    end: int
    new: bytes


def new_packet(statement: Statement) -> bytes:
    """Return a packet with nothing but the statement."""
    return add_statement(_NEW, statement)


def add_statement(packet: bytes, statement: Statement) -> bytes:
    """Return a packet that also has the statement.

    IPTC's type of source, the system used and our own properties are set; what was done is added
    to the history. The room that a packet has at its end is used for that.

    Parameters
    ----------
    packet : bytes
        XMP in UTF-8.
    statement : Statement
        What to add.

    Raises
    ------
    UnreadableXmpError
        If it is damaged or cannot be changed.
    """
    body = packet.rstrip(b"\0")
    before_length = len(body)
    top = parse(body)
    rdf = next((each for each in top.all() if each.name == (RDF, "RDF")), None)
    if rdf is None:
        raise UnreadableXmpError("it has no rdf:RDF")
    subjects = [each for each in rdf.children if each.name == (RDF, "Description")]
    before = _value(subjects, _SOURCE_TYPE, body)
    said = _properties(statement, before)
    changes = [change for name in said for change in _removals(subjects, name)]
    event = _event(statement, before)
    history = [child for each in subjects for child in each.children if child.name == _HISTORY]
    if history:
        changes.append(_appended(history[-1], event))
        event = ""
    about = next(
        (each.attributes[a] for each in subjects for a in _ABOUT if a in each.attributes), ""
    )
    changes.append(_inside(rdf, _description(about, said, event), body))
    for change in sorted(changes, reverse=True):
        body = body[: change.start] + change.new + body[change.end :]
    body = _less_padding(body, len(body) - before_length)
    parse(body)
    return body


def _properties(statement: Statement, before: str) -> dict[tuple[str, str], str | Sequence[str]]:
    source_type = statement.digital_source_type
    if _TRAINED.search(before) and not _TRAINED.search(source_type):
        source_type = before
    said: dict[tuple[str, str], str | Sequence[str]] = {
        _SOURCE_TYPE: source_type,
        (OURS, "RecordSHA256"): statement.record_sha256,
        (OURS, "Software"): f"{statement.software} {statement.version}".strip(),
        (OURS, "Method"): statement.method,
        (OURS, "Restored"): statement.when,
        (OURS, "Model"): statement.models,
        (OURS, "Weights"): statement.weights,
    }
    if statement.models:
        said[(IPTC, "AISystemUsed")] = statement.software
        said[(IPTC, "AISystemVersionUsed")] = statement.version
    return said


def _event(statement: Statement, before: str) -> str:
    """Return the entry of the history, as the content of a list."""
    parameters = [
        statement.done,
        *([f"method {statement.method}"] if statement.method else []),
        *(f"model {model}" for model in statement.models),
        f"record sha256:{statement.record_sha256}",
        *([f"digital source type before {before}"] if before else []),
    ]
    values = {
        "action": "edited",
        "when": statement.when,
        "softwareAgent": f"{statement.software} {statement.version}".strip(),
        "changed": "/",
        "parameters": "; ".join(parameters),
    }
    fields = "".join(
        f"<stEvt:{key}>{_text(value)}</stEvt:{key}>" for key, value in values.items() if value
    )
    names = f'xmlns:rdf="{RDF}" xmlns:stEvt="{EVENT}"'
    return f'<rdf:li {names} rdf:parseType="Resource">{fields}</rdf:li>'


def _description(about: str, said: dict[tuple[str, str], str | Sequence[str]], event: str) -> str:
    """Return an element with our properties, and with a history unless there is one."""
    names = "".join(f' xmlns:{prefix}="{uri}"' for uri, prefix in _PREFIXES.items())
    lines = [f"<rdf:Description{names} rdf:about={quoteattr(about)}>"]
    for (uri, local), value in said.items():
        name = f"{_PREFIXES[uri]}:{local}"
        if value and isinstance(value, str):
            lines.append(f" <{name}>{_text(value)}</{name}>")
        elif value:
            items = "".join(f"<rdf:li>{_text(item)}</rdf:li>" for item in value)
            lines.append(f" <{name}><rdf:Seq>{items}</rdf:Seq></{name}>")
    if event:
        lines.append(f" <xmpMM:History><rdf:Seq>{event}</rdf:Seq></xmpMM:History>")
    return "\n  ".join([*lines, "</rdf:Description>"])


def _text(value: str) -> str:
    return escape(_NOT_XML.sub("\ufffd", value))


def _value(subjects: Sequence[Element], name: tuple[str, str], body: bytes) -> str:
    """Return a property that is a text, as an attribute or an element; empty if there is none."""
    for subject in subjects:
        if name in subject.attributes:
            return subject.attributes[name]
        for child in subject.children:
            if child.name == name:
                resource = child.attributes.get((RDF, "resource"), "")
                return resource or body[child.inside : child.close].decode().strip()
    return ""


def _removals(subjects: Sequence[Element], name: tuple[str, str]) -> Iterator[_Change]:
    for subject in subjects:
        if name in subject.spans:
            yield _Change(*subject.spans[name], b"")
        for child in subject.children:
            if child.name == name:
                yield _Change(child.start, child.end, b"")


def _appended(history: Element, event: str) -> _Change:
    sequence = next((each for each in history.children if each.name in _SEQUENCES), None)
    if sequence is None:
        raise UnreadableXmpError("its history is no list")
    if sequence.empty:
        new = f'<rdf:Seq xmlns:rdf="{RDF}">{event}</rdf:Seq>'
        return _Change(sequence.start, sequence.end, new.encode())
    return _Change(sequence.close, sequence.close, event.encode())


def _inside(element: Element, new: str, body: bytes) -> _Change:
    """Put something at the end of an element."""
    content = f" {new}\n ".encode()
    if not element.empty:
        return _Change(element.close, element.close, content)
    tag = body[element.start : element.end]
    name = re.match(rb"<([^\s/>]+)", tag)
    assert name is not None  # it was found as an element
    opened = tag[:-2].rstrip() + b">\n" + content + b"</" + name[1] + b">"
    return _Change(element.start, element.end, opened)


def _less_padding(body: bytes, added: int) -> bytes:
    """Take what was added from the white space at the end of a packet, but for a line break."""
    end = body.rfind(_END)
    if end < 0:
        return body
    start = len(body[:end].rstrip())
    room = end - start
    return body[: start + min(room, max(room - added, 1))] + body[end:]
