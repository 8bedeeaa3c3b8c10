"""A photograph that lies on its side: turned by the notice, marked, restored, saved."""

import os

from user import User, begin


def walk(user: User):
    yield from user.presses("Turn upright")
    yield from user.reads("'phone' lies upright now")
    yield from user.presses("New mask for this picture")
    yield from user.strokes((40, 60), (40, 110))
    yield from user.presses("Restore")
    yield from user.reads("Done in")
    yield from user.presses("Save result ...")
    yield from user.names_file(os.environ["WALK_SAVE"])
    yield from user.reads("Saved as")
    user.found["damage"] = user.viewer.layers["phone damage"].data.tolist()


begin(walk)
