"""What napari's process does not survive: Triton beside Mesa's OpenGL."""

from user import User, begin


def walk(user: User):
    user.viewer.open_sample("napari", "astronaut")
    yield from user.sees_napari()
    import triton  # noqa: F401


begin(walk)
