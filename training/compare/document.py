"""A report as a sequence of blocks, written as Markdown and as HTML."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; margin: 1rem 0; font-variant-numeric: tabular-nums; }
caption { caption-side: top; text-align: left; font-weight: 600; padding-bottom: .3rem; }
th, td { padding: .25rem .7rem; border-bottom: 1px solid #ccc; text-align: right; }
th:first-child, td:first-child { text-align: left; }
figure { margin: 1.5rem 0; } figcaption { color: #444; }
img { max-width: 100%; } pre { background: #f3f3f3; padding: .7rem; overflow-x: auto; }
.table { overflow-x: auto; }
"""


class Strong(str):
    """Text that stands out, such as the best score of a column."""


@dataclass(frozen=True)
class Heading:
    """The title of a section."""

    text: str


@dataclass(frozen=True)
class Paragraph:
    """Some sentences."""

    text: str


@dataclass(frozen=True)
class Bullets:
    """A list."""

    items: Sequence[str]


@dataclass(frozen=True)
class Code:
    """A command, as it was typed."""

    text: str


@dataclass(frozen=True)
class Table:
    """Rows of as many cells as the header has, under a caption."""

    caption: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True)
class Image:
    """A picture and what it shows.

    Attributes
    ----------
    path : str
        Relative to the report.
    caption : str
        Also read out to those who cannot see it.
    """

    path: str
    caption: str


Block = Heading | Paragraph | Bullets | Code | Table | Image


def to_markdown(title: str, blocks: Sequence[Block]) -> str:
    """Write a document as Markdown."""
    return "\n\n".join([f"# {_plain(title)}", *map(_markdown, blocks)]) + "\n"


def to_html(title: str, blocks: Sequence[Block]) -> str:
    """Write a document as a page that needs nothing but the images beside it."""
    body = "\n".join([f"<h1>{escape(title)}</h1>", *map(_html, blocks)])
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{STYLE}</style>\n</head>\n"
        f"<body>\n{body}\n</body>\n</html>\n"
    )


def listed(words: Sequence[str]) -> str:
    """Join words as a sentence does: ``a, b and c``."""
    return " and ".join([*([", ".join(words[:-1])] if words[1:] else []), words[-1]])


def _markdown(block: Block) -> str:
    match block:
        case Heading(text):
            return f"## {_plain(text)}"
        case Paragraph(text):
            return _plain(text)
        case Bullets(items):
            return "\n".join(f"- {_plain(item)}" for item in items)
        case Code(text):
            return f"```sh\n{text}\n```"
        case Image(path, caption):
            return f"![{_plain(caption)}]({path})\n\n{_plain(caption)}"
        case Table(caption, header, rows):
            rule = ["---", *["---:"] * (len(header) - 1)]
            lines = [map(_plain, header), rule, *(map(_markdown_cell, row) for row in rows)]
            table = "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
            return f"{_plain(caption)}\n\n{table}"


def _html(block: Block) -> str:
    match block:
        case Heading(text):
            return f"<h2>{escape(text)}</h2>"
        case Paragraph(text):
            return f"<p>{escape(text)}</p>"
        case Bullets(items):
            return "<ul>\n" + "\n".join(f"<li>{escape(item)}</li>" for item in items) + "\n</ul>"
        case Code(text):
            return f"<pre>{escape(text)}</pre>"
        case Image(path, caption):
            text = escape(caption)
            return (
                f'<figure><img src="{escape(path)}" alt="{text}">'
                f"<figcaption>{text}</figcaption></figure>"
            )
        case Table(caption, header, rows):
            head = "".join(f"<th>{escape(cell)}</th>" for cell in header)
            body = "\n".join(f"<tr>{''.join(map(_html_cell, row))}</tr>" for row in rows)
            return (
                f'<div class="table"><table>\n<caption>{escape(caption)}</caption>\n'
                f"<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table></div>"
            )


def _markdown_cell(cell: str) -> str:
    return f"**{_plain(cell)}**" if isinstance(cell, Strong) else _plain(cell)


def _html_cell(cell: str) -> str:
    text = escape(cell)
    return f"<td><strong>{text}</strong></td>" if isinstance(cell, Strong) else f"<td>{text}</td>"


def _plain(text: str) -> str:
    """Keep signs in names and paths from being read as formatting."""
    return re.sub(r"([\\`*_\[\]<>|])", r"\\\1", text)
