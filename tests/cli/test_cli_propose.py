import numpy as np

from napari_relic_inpaint.files import read_mask, read_picture, write_picture


def wall():
    picture = np.empty((90, 120, 3), np.uint8)
    picture[:] = 190, 110, 80
    for row in range(10, 80):
        column = 20 + row // 3 + (row // 7) % 3
        picture[row, column : column + 3] = 40
    picture[15:35, 80:105] = picture[55:75, 85:110] = 220, 215, 205
    return picture


def test_cracks_are_written_as_a_mask_that_restore_takes(relic, tmp_path):
    write_picture(tmp_path / "wall.png", wall(), rgb=True)
    mask = tmp_path / "mask.png"
    code, said, _ = relic("propose", tmp_path / "wall.png", "-o", mask, "--dark")
    assert code == 0
    assert "Proposed" in said
    damage = read_mask(mask)
    assert damage[40, 34:38].any()
    assert not damage[:, 60:].any()
    out = tmp_path / "out.png"
    code, _, said = relic("restore", tmp_path / "wall.png", mask, "-o", out, "--method", "telea")
    assert code == 0, said
    assert read_picture(out).data[40, 36].mean() > 60


def test_lacunae_like_one_are_written(relic, tmp_path):
    write_picture(tmp_path / "wall.png", wall(), rgb=True)
    arguments = "propose", tmp_path / "wall.png", "-o", tmp_path / "mask.tif", "--kind", "lacuna"
    code, _, said = relic(*arguments)
    assert code == 2
    assert "--at" in said
    code, said, _ = relic(*arguments, "--at", 25, 90)
    assert code == 0
    assert "2 pieces" in said


def test_masks_are_not_written_as_jpeg(relic, tmp_path):
    write_picture(tmp_path / "wall.png", wall(), rgb=True)
    code, _, said = relic("propose", tmp_path / "wall.png", "-o", tmp_path / "mask.jpg")
    assert code == 2
    assert "JPEG" in said


def test_a_place_is_not_passed_over_where_cracks_are_looked_for(relic, tmp_path):
    write_picture(tmp_path / "wall.png", wall(), rgb=True)
    code, _, said = relic(
        "propose", tmp_path / "wall.png", "-o", tmp_path / "mask.png", "--at", 25, 90
    )
    assert code == 2
    assert "--kind lacuna" in said
    assert not (tmp_path / "mask.png").exists()
