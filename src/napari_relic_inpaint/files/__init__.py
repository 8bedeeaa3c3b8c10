"""Pictures, masks and records on disk: PNG, JPEG and TIFF, written whole or not at all."""

from napari_relic_inpaint.files.pictures import (
    PictureFile,
    check_output,
    check_record,
    read_mask,
    read_picture,
    write_json,
    write_picture,
)

__all__ = [
    "PictureFile",
    "check_output",
    "check_record",
    "read_mask",
    "read_picture",
    "write_json",
    "write_picture",
]
