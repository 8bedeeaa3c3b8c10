"""Metadata of a restored picture that says so, and why it sometimes cannot."""

from dataclasses import replace

from napari_relic_inpaint.files import png
from napari_relic_inpaint.files.metadata import Metadata
from napari_relic_inpaint.files.statement import Statement
from napari_relic_inpaint.files.xmp import add_statement, new_packet
from napari_relic_inpaint.files.xmp_tree import UnreadableXmpError


def with_statement(
    metadata: Metadata, statement: Statement, longest: int | None = None
) -> tuple[Metadata, list[str]]:
    """Return metadata whose XMP also says how the picture was restored.

    Parameters
    ----------
    metadata : Metadata
        Of the picture that the restored one was made from.
    statement : Statement
        What to say.
    longest : int, optional
        Most bytes of XMP that the format holds.

    Returns
    -------
    Metadata
        The same, with the statement; as it is if its XMP is damaged.
    list of str
        Sentences for the user about what could not be kept or said.
    """
    notes = []
    try:
        if not metadata.xmp and png.has_xmp(metadata.png_chunks):
            raise UnreadableXmpError("it cannot be unpacked")
        xmp = add_statement(metadata.xmp, statement) if metadata.xmp else new_packet(statement)
    except UnreadableXmpError as error:
        return metadata, [
            f"The XMP data of the source is damaged ({error}): it was kept as it is, so that only "
            "the record beside the picture says that it was restored."
        ]
    if longest is not None and len(xmp) > longest:
        xmp = new_packet(statement)
        notes.append(
            "The XMP data of the source is too long for a JPEG and was left out; write a TIFF to "
            "keep it."
        )
    return replace(metadata, xmp=xmp, png_chunks=png.with_xmp(metadata.png_chunks, xmp)), notes
