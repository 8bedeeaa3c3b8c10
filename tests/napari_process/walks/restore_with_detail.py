"""A wide loss, restored with detail from the picture, and asked where it came from."""

from user import User, begin


def walk(user: User):
    yield from user.presses("New mask for this picture")
    user.viewer.layers["wall damage"].brush_size = 16
    yield from user.strokes((60, 40), (60, 90), (75, 120))
    yield from user.presses("Restore")
    yield from user.reads("its sources have a hidden layer")
    names = [layer.name for layer in user.viewer.layers]
    assert {"wall restored", "wall sources"} <= set(names), names
    restored = user.viewer.layers["wall restored"]
    user.found["status"] = restored.get_status((60, 60), world=True)["coordinates"]
    user.found["damage"] = user.viewer.layers["wall damage"].data.tolist()
    user.found["restored"] = restored.data.tolist()


begin(walk)
