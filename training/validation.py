"""Scores of the networks in training on the pairs of the validation pictures."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from lightning_fabric import Fabric
from numpy.typing import NDArray
from torch import Tensor, nn

from napari_relic_inpaint.edges import COMPLETED_WIDTH, canny_edges, compose, grey
from napari_relic_inpaint.measuring.metrics import edge_scores, hole_psnr, psnr, ssim, texture
from napari_relic_inpaint.picture.hole import HolePixels
from napari_relic_inpaint.picture.widths import where_square_fits
from napari_relic_inpaint.smooth import membrane as fill
from napari_relic_inpaint.smooth.spline import tension_spline
from training.batches import Batch
from training.pairs import Pair
from training.stages.stage import EDGE_THRESHOLD, Outcome

BATCH = 4

Scores = dict[str, float]


@dataclass(frozen=True)
class Case:
    """A pair with everything that does not depend on the networks."""

    kind: str
    truth: NDArray[np.float32]
    hole: NDArray[np.bool_]
    luminance: NDArray[np.float32]
    true_edges: NDArray[np.bool_]
    seen_edges: NDArray[np.bool_]
    completed: NDArray[np.bool_]
    spline: float
    """Hole PSNR of a smooth fill, the least that a network has to be above."""


class Validation:
    """A fixed set of pairs to score networks on.

    Parameters
    ----------
    pairs : sequence of Pair
        The pairs.
    sigma : float
        Standard deviation of Canny's Gaussian.
    """

    def __init__(self, pairs: Sequence[Pair], sigma: float) -> None:
        self._cases = [_prepare(pair, sigma) for pair in pairs]

    @torch.no_grad()
    def score(
        self,
        networks: dict[str, nn.Module],
        fabric: Fabric,
        stopped: Callable[[], bool] = lambda: False,
    ) -> Scores | None:
        """Score G1 and G2, whichever are there, or the network of another method.

        Parameters
        ----------
        networks : dict of nn.Module
            By their names in a stage.
        fabric : Fabric
            Device and precision.
        stopped : callable
            Asked now and then whether to give up.

        Returns
        -------
        dict of float or None
            None if it was given up; else
            ``score``, which decides which checkpoint is best: the mean hole PSNR of all kinds with
            own and with true edges or, of G1 alone, the F1 of its edges; and, by kind,
            precision, recall and F1 of the edges, and hole PSNR, PSNR, SSIM and texture with own
            and with true edges; of another method, the same without edges. Texture is a share of
            the truth's (`metrics.texture`); ``hole_psnr_spline`` is that of a smooth fill.
        """
        training = {name: network.training for name, network in networks.items()}
        for network in networks.values():
            network.eval()
        values: defaultdict[str, list[float]] = defaultdict(list)
        for start in range(0, len(self._cases), BATCH):
            if stopped():
                break
            cases = self._cases[start : start + BATCH]
            for name, value in _score(cases, networks, fabric):
                values[name].append(value)
        for name, was_training in training.items():
            networks[name].train(was_training)
        if stopped():
            return None
        means = {name: float(np.nanmean(value)) for name, value in values.items()}
        decisive = "f1" if set(networks) == {"edge"} else "hole_psnr"
        chosen = [
            value
            for name, value in means.items()
            if name.startswith(f"{decisive}_") and "_spline_" not in name
        ]
        return {"score": float(np.mean(chosen)), **means}


def batch_edge_scores(batch: Batch, outcome: Outcome) -> Scores:
    """Precision, recall and F1 of G1's edges in a batch's holes, where G1 is trained."""
    if outcome.probability is None:
        return {}
    arrays = (outcome.probability > EDGE_THRESHOLD, batch.edges > 0, batch.hole > 0)
    # All pictures as one: a single crack has too few edges for a score of its own.
    found, true, hole = (array[:, 0].flatten(0, 1).cpu().numpy() for array in arrays)
    return {f"edge_{k}": v for k, v in edge_scores(found, true, hole)._asdict().items()}


def _prepare(pair: Pair, sigma: float) -> Case:
    truth, hole = pair.truth(), pair.hole()
    luminance = grey(truth).astype(np.float32)
    completed = np.zeros_like(hole)
    completed[hole] = where_square_fits(HolePixels.of(hole), COMPLETED_WIDTH)
    return Case(
        pair.kind,
        truth,
        hole,
        luminance,
        canny_edges(luminance, sigma=sigma),
        canny_edges(luminance, hole, sigma=sigma),
        completed,
        _spline_score(truth, hole),
    )


def _spline_score(truth: NDArray[np.float32], hole: NDArray[np.bool_]) -> float:
    picture, mask = (torch.from_numpy(a.astype(np.float32)) for a in (truth, hole[..., None]))
    batch, holes = (t.permute(2, 0, 1)[None] for t in (picture, mask))
    smooth = tension_spline(fill.membrane(batch * (1 - holes), holes), holes)[0].clamp(0, 1)
    filled = np.where(hole[..., None], smooth.permute(1, 2, 0).numpy(), truth)
    return hole_psnr(filled, truth, hole)


def _score(
    cases: list[Case], networks: dict[str, nn.Module], fabric: Fabric
) -> Iterator[tuple[str, float]]:
    if "completion" in networks:
        completed_pictures = _complete(cases, networks["completion"], fabric)
        for case, result in zip(cases, completed_pictures, strict=True):
            yield from _picture_scores(case, result, case.kind)
            yield f"hole_psnr_spline_{case.kind}", case.spline
        return
    completed = {"true": [case.true_edges for case in cases]}
    if "edge" in networks:
        with fabric.autocast():
            probability = networks["edge"](
                _batch([case.luminance[..., None] for case in cases], fabric),
                _batch([case.seen_edges[..., None] for case in cases], fabric),
                _batch([case.hole[..., None] for case in cases], fabric),
            )
        completed["own"] = list((probability[:, 0] > EDGE_THRESHOLD).cpu().numpy())
        for case, edges in zip(cases, completed["own"], strict=True):
            found = edge_scores(edges, case.true_edges, case.hole)
            yield from ((f"{name}_{case.kind}", value) for name, value in found._asdict().items())
        # At restoration nothing is completed across cracks.
        completed["own"] = [
            edges & case.completed for case, edges in zip(cases, completed["own"], strict=True)
        ]
    if "inpaint" not in networks:
        return
    for case in cases:
        yield f"hole_psnr_spline_{case.kind}", case.spline
    for source, maps in completed.items():
        for case, result in zip(
            cases, _paint(cases, maps, networks["inpaint"], fabric), strict=True
        ):
            yield from _picture_scores(case, result, f"{source}_{case.kind}")


def _picture_scores(
    case: Case, result: NDArray[np.float32], end: str
) -> Iterator[tuple[str, float]]:
    yield f"hole_psnr_{end}", hole_psnr(result, case.truth, case.hole)
    yield f"psnr_{end}", psnr(result, case.truth)
    yield f"ssim_{end}", ssim(result, case.truth)
    yield f"texture_{end}", texture(result, case.truth, case.hole)


def _paint(
    cases: list[Case], edges: list[NDArray[np.bool_]], network: nn.Module, fabric: Fabric
) -> Iterator[NDArray[np.float32]]:
    prior = [compose(case.seen_edges, e, case.hole) for case, e in zip(cases, edges, strict=True)]
    hole = _batch([case.hole[..., None] for case in cases], fabric)
    start = fill.membrane(_batch([case.truth for case in cases], fabric), hole)
    with fabric.autocast():
        painted = network(start, _batch([p[..., None] for p in prior], fabric), hole)
    return _composited(cases, painted)


def _complete(
    cases: list[Case], network: nn.Module, fabric: Fabric
) -> Iterator[NDArray[np.float32]]:
    picture = _batch([case.truth for case in cases], fabric)
    with fabric.autocast():
        completed = network(picture, _batch([case.hole[..., None] for case in cases], fabric))
    return _composited(cases, completed)


def _composited(cases: list[Case], predicted: Tensor) -> Iterator[NDArray[np.float32]]:
    """Put the holes of predictions ``(B, 3, H, W)`` into the pictures."""
    pictures = predicted.clamp(0, 1).permute(0, 2, 3, 1).float().cpu().numpy()
    for case, picture in zip(cases, pictures, strict=True):
        yield np.where(case.hole[..., None], picture, case.truth)


def _batch(pictures: list[NDArray[np.generic]], fabric: Fabric) -> Tensor:
    """Stack pictures ``(H, W, C)`` to a batch ``(B, C, H, W)`` on the device."""
    stacked = np.stack(pictures).transpose(0, 3, 1, 2).astype(np.float32)
    return fabric.to_device(torch.from_numpy(stacked))
