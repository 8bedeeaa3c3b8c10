"""The pictures of a run before its first step: what is found, left out, and kept apart."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from test_loop import train
from tiny import TINY, draw_picture

from napari_relic_inpaint.files import read_picture, write_picture
from training.collection.choice import choose
from training.collection.facts import read_facts, read_mask_facts
from training.collection.gathering import gather, gather_again
from training.collection.likeness import groups_alike
from training.collection.record import read_list
from training.errors import TrainingError
from training.pairs import cut_pairs
from training.pictures import Pictures
from training.presets import load_recipe
from training.runs import Run, RunFiles, read_run


def detailed(seed, size=300):
    """A picture with shapes at all scales, as paintings have, uint8."""
    rng = np.random.default_rng(seed)
    image = Image.fromarray(rng.integers(0, 255, (5, 5, 3), np.uint8)).resize((size, size))
    noise = Image.fromarray(rng.integers(0, 255, (24, 24, 3), np.uint8)).resize((size, size))
    return np.asarray(Image.blend(image, noise, 0.4))


@pytest.fixture
def paintings(tmp_path):
    folder = tmp_path / "paintings"
    folder.mkdir()
    for i in range(8):
        write_picture(folder / f"{i}.png", detailed(i), rgb=True)
    return folder


def run_on(data, *, val=(), masks=(), val_share=0.0, settings=()):
    return Run(
        recipe=load_recipe("relic", "inpaint", [*TINY, *settings]),
        data=tuple(map(str, data)),
        val=tuple(map(str, val)),
        masks=tuple(map(str, masks)),
        val_share=val_share,
    )


def gather_all(run):
    pictures, lines = gather(run, lambda: False)
    return pictures, "\n".join(lines)


def names(facts):
    return {Path(f.file).name for f in facts}


COPIES = {
    "copied": lambda image, path: image.save(path.with_suffix(".png")),
    "half": lambda image, path: image.resize((150, 150)).save(path.with_suffix(".png")),
    "larger": lambda image, path: image.resize((777, 777)).save(path.with_suffix(".png")),
    "worse": lambda image, path: image.save(path.with_suffix(".jpg"), quality=25),
    "grey": lambda image, path: image.convert("L").save(path.with_suffix(".png")),
}


@pytest.mark.parametrize("how", COPIES)
def test_what_is_validated_on_is_not_trained_on(paintings, tmp_path, how):
    val = tmp_path / "val"
    val.mkdir()
    write_picture(val / "aside.png", detailed(3), rgb=True)
    with Image.open(paintings / "3.png") as image:
        image.load()
    (paintings / "3.png").unlink()
    COPIES[how](image, paintings / f"{how}.x")
    pictures, said = gather_all(run_on([paintings], val=[val]))
    assert names(pictures.train) == {f"{i}.png" for i in range(8) if i != 3}
    assert names(pictures.val) == {"aside.png"}
    assert how in said and "aside.png" in said


def test_a_folder_within_the_other_is_not_trained_on(paintings):
    inner = paintings / "val"
    inner.mkdir()
    (paintings / "3.png").rename(inner / "3.png")
    pictures, said = gather_all(run_on([paintings], val=[inner]))
    assert names(pictures.val) == {"3.png"} and len(pictures.train) == 7
    assert "is in both" in said
    with pytest.raises(TrainingError, match=r"no picture is left to train on.*validated on, too"):
        gather_all(run_on([inner], val=[paintings]))


def test_a_share_is_put_aside_with_all_that_look_alike(paintings):
    for i in range(8):
        with Image.open(paintings / f"{i}.png") as image:
            image.resize((280, 280)).save(paintings / f"{i}-copy.jpg", quality=80)
    pictures, said = gather_all(run_on([paintings], val_share=0.25))
    assert len(pictures.val) == 4
    groups = [{name[0] for name in names(side)} for side in (pictures.train, pictures.val)]
    assert not groups[0] & groups[1]
    assert "look alike" in said


def test_the_same_pictures_give_the_same_share_whatever_their_names(paintings, tmp_path):
    before, _ = gather_all(run_on([paintings], val_share=0.25))
    other = tmp_path / "other"
    other.mkdir()
    for i, path in enumerate(sorted(paintings.iterdir(), reverse=True)):
        path.rename(other / f"{i:03}.png")
    after, _ = gather_all(run_on([other], val_share=0.25))
    assert {f.sha256 for f in before.val} == {f.sha256 for f in after.val}
    assert before.sha256 == after.sha256


def test_different_pictures_are_not_alike(tmp_path):
    paths = [tmp_path / f"{i}.png" for i in range(40)]
    for i, path in enumerate(paths):
        write_picture(path, detailed(100 + i, 128), rgb=True)
    assert len(set(groups_alike([read_facts(path) for path in paths]))) == 40


def test_blank_pictures_are_not_alike_unless_they_are_copies(tmp_path):
    for i, grey in enumerate((100, 150, 150)):
        write_picture(tmp_path / f"{i}.png", np.full((80, 80, 3), grey, np.uint8), rgb=True)
    facts = [read_facts(tmp_path / f"{i}.png") for i in range(3)]
    a, b, c = groups_alike(facts)
    assert a != b == c


def test_everything_unusual_is_named(paintings, tmp_path):
    write_picture(paintings / "small.png", draw_picture(1, 20), rgb=True)
    write_picture(paintings / "night.png", np.uint8(detailed(9) // 40), rgb=True)
    clear = np.dstack([detailed(10), np.full((300, 300), 255, np.uint8)])
    clear[:100, :, 3] = 0
    write_picture(paintings / "clear.png", clear, rgb=True)
    Image.new("CMYK", (300, 300), (9, 99, 9, 9)).save(paintings / "print.jpg")
    (paintings / "torn.png").write_bytes((paintings / "0.png").read_bytes()[:300])
    pictures, said = gather_all(run_on([paintings]))
    lines = {name: [x for x in said.splitlines() if name in x] for name in names(pictures.unused)}
    assert set(lines) == {"small.png", "print.jpg", "torn.png"}
    assert "too small" in lines["small.png"][0] and "20 x 20 px" in lines["small.png"][0]
    assert "CMYK" in lines["print.jpg"][0]
    assert "damaged or cut off" in lines["torn.png"][0]
    assert "look black" in said and "night.png" in said
    assert "transparent" in said and "clear.png" in said


def test_transparent_areas_are_never_seen(tmp_path):
    clear = np.dstack([detailed(10) // 2, np.full((300, 300), 255, np.uint8)])
    clear[:200, :, :3] = 255
    clear[:200, :, 3] = 0
    write_picture(tmp_path / "clear.png", clear, rgb=True)
    pictures = Pictures([tmp_path / "clear.png"])
    rng = np.random.default_rng(0)
    assert all(pictures.crop(rng, 64, (0.7, 1.25)).max() <= 0.51 for _ in range(40))
    pairs = cut_pairs([tmp_path / "clear.png"], 5, size=64)
    assert all(pair.truth().max() <= 0.51 for pair in pairs)
    with pytest.raises(TrainingError, match="no opaque square of 150 px"):
        cut_pairs([tmp_path / "clear.png"], 1, size=150)


def test_pictures_are_not_enlarged_beyond_what_was_asked_for(tmp_path):
    write_picture(tmp_path / "small.png", np.full((40, 40, 3), 50, np.uint8), rgb=True)
    write_picture(tmp_path / "large.png", np.full((300, 300, 3), 200, np.uint8), rgb=True)
    pictures = Pictures([tmp_path / "small.png", tmp_path / "large.png"])
    rng = np.random.default_rng(0)
    seen = {round(255 * float(pictures.crop(rng, 128, (0.7, 1.25)).mean())) for _ in range(20)}
    assert seen == {200}
    # They serve smaller crops.
    assert {round(255 * float(pictures.crop(rng, 32, (1, 1)).mean())) for _ in range(20)} == {
        50,
        200,
    }


def test_masks_are_looked_at(paintings, tmp_path):
    masks = tmp_path / "masks"
    masks.mkdir()
    write_picture(masks / "black.png", np.zeros((90, 90), np.uint8), rgb=False)
    with pytest.raises(TrainingError, match=r"none of the 1 masks can be used.*all of it is black"):
        gather_all(run_on([paintings], masks=[masks]))
    most = np.full((90, 90), 255, np.uint8)
    most[:9] = 0
    write_picture(masks / "inverted.png", most, rgb=False)
    pictures, said = gather_all(run_on([paintings], masks=[masks]))
    assert names(pictures.masks) == {"inverted.png"}
    assert "black.png" in said and "invert" in said
    assert read_mask_facts(masks / "inverted.png").marked == pytest.approx(0.9)


def test_a_folder_of_cmyk_alone_says_so(tmp_path):
    Image.new("CMYK", (300, 300), (9, 99, 9, 9)).save(tmp_path / "print.jpg")
    with pytest.raises(TrainingError, match=r"no picture is left to train on: .*CMYK"):
        gather_all(run_on([tmp_path]))


def test_a_run_that_goes_on_sees_the_pictures_it_was_started_with(paintings, tmp_path):
    out = tmp_path / "run"
    train(paintings, out, "inpaint", "steps=1", "own=0")
    run, pictures = read_run(out), read_list(RunFiles(out).pictures)
    write_picture(paintings / "new.png", detailed(50), rgb=True)
    said = "\n".join(gather_again(run, pictures, out, lambda: False))
    assert "1 pictures are new" in said and "new.png" in said
    write_picture(paintings / "2.png", detailed(51), rgb=True, overwrite=True)
    with pytest.raises(TrainingError, match=r"2\.png is not the picture any more"):
        gather_again(run, pictures, out, lambda: False)
    (paintings / "2.png").unlink()
    with pytest.raises(TrainingError, match="cannot be read any more"):
        gather_again(run, pictures, out, lambda: False)
    assert read_picture(out / "check.png").data.ndim == 3


def test_a_choice_without_pictures_for_validation_says_which_is_largest(paintings, tmp_path):
    facts = [read_facts(path) for path in sorted(paintings.iterdir())]
    write_picture(tmp_path / "low.png", detailed(60, 200), rgb=True)
    with pytest.raises(TrainingError, match=r"low\.png, is 200 x 200 px"):
        choose(facts, [read_facts(tmp_path / "low.png")], shortest=32, share=0, seed=0)
