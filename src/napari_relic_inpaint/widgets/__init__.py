"""The napari widgets: the only rooms that know napari and Qt. They hold no image processing."""
