"""The one place that imports OpenCV.

OpenCV's wheels bring their own Qt plugins and point Qt at them on import, which would break
napari's windows; the two variables are put back as they were.
"""

import os

from napari_relic_inpaint.errors import InputError

_QT_VARIABLES = ("QT_QPA_PLATFORM_PLUGIN_PATH", "QT_QPA_FONTDIR")
_before = {name: os.environ.get(name) for name in _QT_VARIABLES}

try:
    import cv2
except ImportError as error:
    # Its wheels take the libraries of a desktop for granted; servers and containers lack them.
    raise InputError(
        f"OpenCV cannot be loaded ({error}): install what it needs from the system, on Debian and "
        "Ubuntu with 'apt-get install libgl1 libglib2.0-0 libxcb1'"
    ) from error

for _name, _value in _before.items():
    if _value is None:
        os.environ.pop(_name, None)
    else:
        os.environ[_name] = _value

__all__ = ["cv2"]
