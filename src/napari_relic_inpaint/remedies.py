"""What a user can do about it: each door names its own way.

Sentences are made in the words of Python, wherever something goes wrong. On their way to the user
they become text in records, tables and messages from other processes. So the words themselves tell
the remedy, and the command line and napari put theirs in the place of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Remedy(StrEnum):
    """What sentences advise, in the words of Python."""

    INVERT = "invert it (~mask)"
    CHOOSE = "say what is damaged with MaskReading(colour=...) or with MaskReading(threshold=...)"
    CHOOSE_OTHERS = "label, colour and threshold of MaskReading choose others"
    NAME_COLOUR = "name the colour with MaskReading(colour=...)"
    AS_STORED = "pass MaskReading(as_stored=True)"
    NETWORK = "give a file, model='FILE.onnx'"
    WHITE = "say with data_range"
    OVERWRITE = "pass overwrite=True"


COMMAND_LINE: Mapping[Remedy, str] = {
    Remedy.INVERT: "add --invert-mask",
    Remedy.CHOOSE: "say what is damaged with --mask-colour or --mask-threshold",
    Remedy.CHOOSE_OTHERS: "--label, --mask-colour and --mask-threshold choose others",
    Remedy.NAME_COLOUR: "name the colour with --mask-colour",
    Remedy.AS_STORED: "add --mask-as-stored",
    Remedy.NETWORK: "give a file, --model FILE.onnx",
    Remedy.WHITE: "say with --data-range",
    Remedy.OVERWRITE: "add --overwrite",
}

NAPARI: Mapping[Remedy, str] = {Remedy.INVERT: "mark the damage instead"}
"""What is not here does not come up in napari, or is told by its widgets."""


def worded(sentence: str, ways: Mapping[Remedy, str]) -> str:
    """Return a sentence with the remedies of a door.

    Parameters
    ----------
    sentence : str
        In the words of Python.
    ways : mapping of Remedy to str
        What the remedies are called at the door.
    """
    for remedy, way in ways.items():
        sentence = sentence.replace(remedy, way)
    return sentence
