import numpy as np
import pytest
import torch
from tiny import TINY, draw_picture

from napari_relic_inpaint.edges import canny_edges
from napari_relic_inpaint.files import write_picture
from training.batches import DamagedCrops, Part, pictures_per_step, prior_edges
from training.errors import TrainingError
from training.loading import load_batches
from training.pairs import cut_pairs, read_manifest, write_manifest
from training.pictures import MaskFolder, Pictures, find_pictures
from training.presets import load_recipe
from training.recipe import PriorMix


def make_dataset(folder, *settings, part=None, masks=None, priors=None):
    recipe = load_recipe("relic", "inpaint", [*TINY, *settings])
    return DamagedCrops(
        Pictures(find_pictures([str(folder)])),
        recipe.data,
        priors or recipe.stage.priors,
        masks=masks,
        detail=16,
        seed=3,
        part=part or Part(),
    )


def equal(first, second):
    return all(
        torch.equal(value, vars(second)[name])
        for name, value in vars(first).items()
        if isinstance(value, torch.Tensor)
    )


def test_a_batch_depends_on_seed_and_step_alone(folder):
    assert equal(make_dataset(folder)[5], make_dataset(folder)[5])
    assert not equal(make_dataset(folder)[5], make_dataset(folder)[6])


def test_workers_make_the_same_batches_from_any_step_on(folder):
    dataset = make_dataset(folder)
    for step, batch in zip((2, 3, 4), load_batches(dataset, 2, 5, workers=2), strict=True):
        assert equal(batch, dataset[step])


def test_processes_share_a_batch(folder):
    whole = make_dataset(folder)[1]
    parts = [make_dataset(folder, part=Part(rank, 2))[1] for rank in range(2)]
    assert torch.equal(whole.picture, torch.cat([part.picture for part in parts]))
    with pytest.raises(TrainingError, match="4 cannot be shared by 3"):
        make_dataset(folder, part=Part(0, 3))


def test_small_crops_come_in_large_numbers(folder):
    options = load_recipe("relic", "inpaint", [*TINY, "crops=[32,64]"]).data
    assert [pictures_per_step(options, size) for size in (32, 64)] == [16, 4]


def test_a_batch_is_consistent(folder):
    batch = make_dataset(folder, priors=PriorMix(true=1, thinned=0, own=0, none=0))[0]
    inside = batch.hole > 0
    assert set(torch.unique(batch.hole).tolist()) == {0, 1}
    assert torch.equal(batch.prior[inside], batch.edges[inside])
    assert batch.picture.min() >= 0 and batch.picture.max() <= 1
    assert not batch.own.any()
    truth = batch.grey[0, 0].numpy()
    known = canny_edges(truth, batch.hole[0, 0].numpy() > 0)
    outside = ~inside[0, 0].numpy()
    assert np.array_equal(batch.prior[0, 0].numpy()[outside] > 0, known[outside])
    assert ((batch.corner >= 0) & (batch.corner <= 32 - 16)).all()


def test_without_true_edges_the_hole_has_none(folder):
    batch = make_dataset(folder, priors=PriorMix(true=0, thinned=0, own=1, none=0))[0]
    assert batch.own.all()
    assert batch.prior[batch.hole > 0].sum() == 0


def test_thinned_edges_drop_whole_pieces():
    edges = np.zeros((40, 40), bool)
    edges[::4] = True
    thinned = prior_edges("thinned", edges, np.random.default_rng(0))
    rows = thinned[::4].sum(axis=1)
    assert set(rows) == {0, 40}


def test_broken_and_odd_files_are_skipped_and_named(folder):
    (folder / "torn.png").write_bytes((folder / "0.png").read_bytes()[:200])
    (folder / "text.jpg").write_text("not a picture")
    write_picture(folder / "tiny.png", np.zeros((8, 8, 3), np.uint8), rgb=True)
    dataset = make_dataset(folder)
    skipped = {}
    for step in range(20):
        skipped |= dataset[step].skipped
    assert {path.rsplit("/")[-1] for path in skipped} == {"torn.png", "text.jpg", "tiny.png"}
    assert all("torn.png" in skipped[path] for path in skipped if "torn" in path)


def test_only_broken_files_is_an_error(tmp_path):
    (tmp_path / "a.png").write_text("no")
    with pytest.raises(TrainingError, match="none of the 1 pictures"):
        make_dataset(tmp_path)[0]


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_grey_and_deep_pictures_become_rgb_in_0_to_1(tmp_path, dtype):
    grey = draw_picture(1)[..., 0].astype(dtype) * (257 if dtype == np.uint16 else 1)
    write_picture(tmp_path / "grey.tif", grey, rgb=False)
    crop = Pictures([tmp_path / "grey.tif"]).crop(np.random.default_rng(0), 48, (0.5, 2.0))
    assert crop.shape == (48, 48, 3) and crop.dtype == np.float32
    assert 0.3 < crop.max() <= 1 and np.ptp(crop, axis=-1).max() == 0


def test_masks_of_a_folder_replace_synthetic_damage(folder, tmp_path):
    mask = np.zeros((100, 100), np.uint8)
    mask[10:20, 10:20] = 255
    write_picture(tmp_path / "mask.png", mask, rgb=False)
    dataset = make_dataset(folder, masks=MaskFolder([tmp_path / "mask.png"]))
    hole = dataset[0].hole
    assert (hole.sum((1, 2, 3)) > 0).all() and (hole.sum((1, 2, 3)) <= 100).all()


def test_patterns_find_folders_globs_and_files(folder):
    assert len(find_pictures([str(folder)])) == 6
    assert len(find_pictures([f"{folder}/[01].png", f"{folder}/1.png"])) == 2
    with pytest.raises(TrainingError, match="holds no picture"):
        find_pictures([f"{folder}/*.webp"])


def test_pairs_come_back_from_their_manifest(folder, tmp_path):
    pairs = cut_pairs(find_pictures([str(folder)]), 3, size=64, seed=1)
    assert pairs == cut_pairs(find_pictures([str(folder)]), 3, size=64, seed=1)
    assert len(pairs) == 12
    assert pairs[0].truth().shape == (64, 64, 3) and pairs[0].hole().any()
    write_manifest(tmp_path / "pairs.json", pairs)
    assert read_manifest(tmp_path / "pairs.json") == pairs
