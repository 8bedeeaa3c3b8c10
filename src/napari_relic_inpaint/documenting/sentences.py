"""Words of a report that are chosen by a key; `translatable` marks those in other places."""

from __future__ import annotations

from napari_relic_inpaint.documenting.notes import Status


def translatable(sentence: str) -> str:
    """Mark a sentence for the catalogues, to be translated later."""
    return sentence


CLASS_NAMES = {
    translatable("lacuna"),
    translatable("crack"),
    translatable("flaking"),
    translatable("stain"),
    translatable("abrasion"),
    translatable("old retouching"),
    translatable("all damage"),
    translatable("whole picture"),
}
"""Classes and areas that have a name in every language; others have their user's."""

STATUS_NAMES: dict[Status, str] = {
    "evidence": translatable("evidence"),
    "analogy": translatable("analogy"),
    "hypothesis": translatable("hypothesis"),
}

STATUS_MEANINGS: dict[Status, str] = {
    "evidence": translatable(
        "What was there is known: from an old photograph, a copy, or remains of it."
    ),
    "analogy": translatable("Inferred from like places in this work, or from works like it."),
    "hypothesis": translatable("A proposal that nothing proves; it could have been otherwise."),
}
"""From the firmest ground to the least firm."""

SCORES = {
    "psnr": "PSNR",
    "hole_psnr": translatable("PSNR of the damage"),
    "ssim": "SSIM",
    "hole_ssim": translatable("SSIM of the damage"),
    "ciede2000": "CIEDE2000",
    "texture": translatable("Texture"),
    "lpips": "LPIPS",
    "edge_f1": translatable("Edges (F1)"),
}
"""Columns of the measurements, by the names of `measuring.evaluation.Row`."""

CHECKS = {
    "result": (
        translatable("The result's file is the one that the record tells of."),
        translatable("The result's file is not the one that the record tells of: it has changed."),
    ),
    "picture": (
        translatable("The picture's file is the one that the record tells of."),
        translatable("The picture's file is not the one that the record tells of."),
    ),
    "damage": (
        translatable("The mask's file is the one that the record tells of."),
        translatable("The mask's file is not the one that the record tells of."),
    ),
    "statement": (
        translatable("The result's own metadata (XMP) names this record."),
        translatable("The result's own metadata (XMP) does not name this record."),
    ),
}
"""What was checked, and how it came out."""
