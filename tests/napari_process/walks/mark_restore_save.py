"""A picture of one's own: new mask, two strokes, Restore, save, and the same once more."""

import os

from user import User, begin


def walk(user: User):
    yield from user.presses("New mask for this picture")
    yield from user.strokes((60, 40), (60, 90), (75, 120))
    yield from user.strokes((120, 150), (110, 180))
    yield from user.presses("Restore")
    yield from user.reads("Done in")
    names = [layer.name for layer in user.viewer.layers]
    assert names == ["wall", "wall damage", "wall restored", "wall edges"], names
    yield from user.presses("Save result ...")
    yield from user.names_file(os.environ["WALK_SAVE"])
    yield from user.reads("Saved as")
    mask = user.viewer.layers["wall damage"].data
    user.found["damage"] = mask.tolist()


begin(walk)
