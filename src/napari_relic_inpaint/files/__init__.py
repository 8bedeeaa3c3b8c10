"""Pictures, masks and records on disk: PNG, JPEG, TIFF and zarr, written whole or not at all."""

from napari_relic_inpaint.files.class_presets import read_preset, write_preset
from napari_relic_inpaint.files.damage_csv import check_table, write_table
from napari_relic_inpaint.files.drawn_edges import open_edges_of
from napari_relic_inpaint.files.mask_reading import AS_DRAWN, MaskReading
from napari_relic_inpaint.files.mask_writing import write_mask, write_mask_steps
from napari_relic_inpaint.files.masks import (
    MaskFile,
    open_labels,
    open_mask,
    open_mask_of,
    read_mask,
)
from napari_relic_inpaint.files.orientation import upright, with_orientation
from napari_relic_inpaint.files.pictures import (
    PictureFile,
    open_picture,
    orientation,
    read_picture,
)
from napari_relic_inpaint.files.pixel_size import pixel_size
from napari_relic_inpaint.files.records import (
    check_record,
    file_sha256,
    record_path,
    with_files,
    write_json,
)
from napari_relic_inpaint.files.restored import hash_pixels_steps, write_restored_steps
from napari_relic_inpaint.files.viewer_copies import overviews
from napari_relic_inpaint.files.writing import (
    check_output,
    fitting_suffixes,
    write_map_steps,
    write_picture,
    write_picture_steps,
)

__all__ = [
    "AS_DRAWN",
    "MaskFile",
    "MaskReading",
    "PictureFile",
    "check_output",
    "check_record",
    "check_table",
    "file_sha256",
    "fitting_suffixes",
    "hash_pixels_steps",
    "open_edges_of",
    "open_labels",
    "open_mask",
    "open_mask_of",
    "open_picture",
    "orientation",
    "overviews",
    "pixel_size",
    "read_mask",
    "read_picture",
    "read_preset",
    "record_path",
    "upright",
    "with_files",
    "with_orientation",
    "write_json",
    "write_map_steps",
    "write_mask",
    "write_mask_steps",
    "write_picture",
    "write_picture_steps",
    "write_preset",
    "write_restored_steps",
    "write_table",
]
