"""The formats of pictures, by name and by the ends of their files' names."""

READ = {
    "PNG": (".png",),
    "JPEG": (".jpg", ".jpeg"),
    "TIFF": (".tif", ".tiff"),
    "JPEG 2000": (".jp2", ".j2k", ".jpf", ".jpx"),
    "WebP": (".webp",),
    "BMP": (".bmp",),
    "GIF": (".gif",),
    "OME-Zarr": (".zarr",),
}
"""Suffixes of what can be read. A file's kind is told by its content, a folder's files by these."""

ONLY_READ = {suffix: name for name in ("JPEG 2000", "WebP", "BMP", "GIF") for suffix in READ[name]}
"""Suffixes of what is not written, with the names of the formats."""

SUFFIXES = tuple(suffix for suffixes in READ.values() for suffix in suffixes)
"""All suffixes of what can be read."""

WRITTEN = tuple(suffix for suffix in SUFFIXES if suffix not in ONLY_READ)
"""The suffixes of what can be written."""

NAMES = f"{', '.join(list(READ)[:-1])} or {list(READ)[-1]}"
"""The names of the formats, for a sentence."""


def result_suffix(picture_suffix: str) -> str:
    """Return the suffix for a result that shall lie in the format of its picture, if it can."""
    return ".tif" if picture_suffix.lower() in ONLY_READ else picture_suffix
