"""Install a model that somebody else made: a folder, a .zip file or an https address of one.

Nothing is unpacked: only the card and the files it names are copied, under the names the card
gives them, so that what else an archive holds, and where it would like to put it, has no effect.
"""

from __future__ import annotations

import lzma
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources.abc import Traversable
from pathlib import Path

from napari_relic_inpaint.errors import ModelError
from napari_relic_inpaint.models.card import CARD_FILE, ModelCard, parse_card, write_card
from napari_relic_inpaint.models.download import Report, download, is_address
from napari_relic_inpaint.models.folders import created, given, place_for
from napari_relic_inpaint.models.verify import verify

MAX_CARD = 2**20
MAX_NETWORK = 2**30
"""Most bytes of a card and of a network's file; the largest one known takes some 25 MB."""

CHUNK = 2**20

# What zipfile raises for archives that are cut, changed, encrypted or packed in an unknown way.
_UNREADABLE = (
    OSError,
    EOFError,
    RuntimeError,
    ValueError,
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
)


def add(source: str, name: str | None = None, report: Report | None = None) -> ModelCard:
    """Install a model among the user's own.

    It appears under its name only when everything is copied and fits the hashes of its card.

    Parameters
    ----------
    source : str
        Path of a model's folder or of a .zip file of it, or the https address of such a file.
    name : str, optional
        What to call it here; by default as its card says.
    report : callable, optional
        Told how many bytes are fetched, and of how many.

    Returns
    -------
    ModelCard
        The card of the installed model.

    Raises
    ------
    ModelError
        If there is no model at the source, it is damaged or not safe, or its name is taken.
    """
    if name is not None:
        place_for(name)  # before a long download
    with _opened(source, report) as files:
        content = b"".join(_chunks(files / CARD_FILE, MAX_CARD, source))
        card = parse_card(content, f"{CARD_FILE} in {source}")
        card = card.model_copy(update={"name": name or card.name})
        with created(place_for(card.name)) as target:
            write_card(card, target)
            for network in card.networks.values():
                with (target / network.file).open("wb") as stream:
                    stream.writelines(_chunks(files / network.file, MAX_NETWORK, source))
            _verify(target, source)
    return card


@contextmanager
def _opened(source: str, report: Report | None) -> Iterator[Traversable]:
    """Give the folder, on disk or in an archive, that holds the model's card."""
    if is_address(source):
        with tempfile.TemporaryDirectory() as temporary:
            archive = Path(temporary) / "model.zip"
            download(source, archive, MAX_NETWORK, report)
            with _opened_archive(archive, source) as files:
                yield files
        return
    path = given(source)
    if path.is_dir():
        yield _with_card(path, source)
    elif path.is_file():
        with _opened_archive(path, source) as files:
            yield files
    else:
        raise ModelError(
            f"{source} is not there: name a model's folder, a .zip file of it, or an address that "
            "starts with https://"
        )


@contextmanager
def _opened_archive(path: Path, source: str) -> Iterator[Traversable]:
    try:
        archive = zipfile.ZipFile(path)
    except _UNREADABLE as error:
        raise ModelError(f"{source} is not a .zip file of a model: {error}") from None
    with archive:
        yield _with_card(zipfile.Path(archive), source)


def _with_card(root: Traversable, source: str) -> Traversable:
    """Return the folder of the card: the root or, as archives often have it, a folder in it."""
    if (root / CARD_FILE).is_file():
        return root
    found = [part for part in root.iterdir() if part.is_dir() and (part / CARD_FILE).is_file()]
    if not found:
        raise ModelError(f"{source} is not a model: it has no {CARD_FILE}")
    if len(found) > 1:
        names = ", ".join(sorted(folder.name for folder in found))
        raise ModelError(f"{source} holds several models, {names}: name the folder of one")
    return found[0]


def _chunks(file: Traversable, limit: int, source: str) -> Iterator[bytes]:
    """Read a file piece by piece, however large it says it is."""
    left = limit
    try:
        with file.open("rb") as stream:
            while piece := stream.read(CHUNK):
                left -= len(piece)
                if left < 0:
                    break
                yield piece
    except _UNREADABLE as error:
        raise ModelError(f"{file.name} in {source} cannot be read: {error}") from None
    if left < 0:
        raise ModelError(
            f"{file.name} in {source} is larger than {limit // 2**20} MiB: it is not a model"
        )


def _verify(copy: Path, source: str) -> None:
    try:
        verify(str(copy))
    except ModelError as error:
        # It names the copy, which is gone by the time the user reads this.
        raise ModelError(str(error).replace(str(copy), source)) from None
