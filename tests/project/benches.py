"""Benches for tests: a picture in a file, damage, a result, a stack of results, outlines."""

import numpy as np
import tifffile

from napari_relic_inpaint.project.bench import Bench, BenchLayer
from napari_relic_inpaint.project.description import LayerDescription, Place
from napari_relic_inpaint.project.reading import open_project_steps
from napari_relic_inpaint.project.writing import write_project_steps
from napari_relic_inpaint.steps import finish


def place(axes):
    return Place(
        scale=[0.5] * axes,
        translate=[0.0] * axes,
        rotate=np.eye(axes).tolist(),
        shear=[0.0] * (axes * (axes - 1) // 2),
        affine=np.eye(axes + 1).tolist(),
        units=["millimeter"] * axes,
        axis_labels=[f"-{n}" for n in range(axes, 0, -1)],
    )


def layer(kind, name, data, *, colour=False, source=None, file=None, metadata=None):
    axes = 2 if kind == "shapes" else data.ndim - colour
    described = LayerDescription(
        kind=kind,
        name=name,
        place=place(axes),
        colour=colour,
        source=source,
        metadata=metadata or {},
    )
    return BenchLayer(described, data if kind == "shapes" else [data], file)


def outlines(*rows):
    return [{"type": "path", "vertices": [[0.0, 1.0], [2.0, float(row)]]} for row in rows]


def bench_of(folder, number=7):
    """Return a bench whose picture lies in a folder; it has `number` painted everywhere."""
    picture = np.random.default_rng(0).integers(0, 65535, (40, 50, 3), dtype=np.uint16)
    file = folder / "wall.tif"
    if not file.exists():
        tifffile.imwrite(file, picture, photometric="rgb")
    damage = np.zeros((40, 50), np.uint8)
    damage[5:20, 8:30] = number
    result = picture.copy()
    result[damage > 0] = number
    stack = np.stack([result, picture, result])
    stack[2][damage > 0] = number + 1
    return Bench(
        [
            layer("image", "wall", picture, colour=True, file=file),
            layer("labels", "damage", damage, metadata={"relic_inpaint_notes": [{"text": "天"}]}),
            layer("image", "restored", result, colour=True, source=0),
            layer("image", "hypotheses", stack, colour=True, source=0),
            layer("shapes", "edges", outlines(number)),
        ]
    )


def save(path, bench, **options):
    return finish(write_project_steps(path, bench, **options))


def reopen(path):
    return finish(open_project_steps(path))


def same(one, other):
    """Tell whether two layers are the same, bit for bit."""
    if one.description != other.description:
        return False
    if one.description.kind == "shapes":
        return one.data == other.data
    before, after = np.asarray(one.data[0]), np.asarray(other.data[0])
    return (before.shape, before.dtype) == (after.shape, after.dtype) and (
        before.tobytes() == after.tobytes()
    )


def all_same(one, other):
    return len(one.layers) == len(other.layers) and all(map(same, one.layers, other.layers))
