"""From runs to models, previews and restorations."""

import numpy as np
import pytest
from test_loop import rows, train
from tiny import draw_picture

from napari_relic_inpaint import restore
from napari_relic_inpaint.files import read_picture
from napari_relic_inpaint.models.weights import load
from training.errors import TrainingError
from training.export import export_model
from training.preview import write_preview


def test_validation_export_preview_and_restoration(folder, large, tmp_path):
    train(folder, tmp_path / "edges", "edges", "steps=1", val=[large])
    sources = f'init_from=["{tmp_path / "edges"}"]'
    settings = ("steps=2", "validate_every=1", sources)
    train(folder, tmp_path / "inpaint", "inpaint", *settings, val=[large])
    scores = rows(tmp_path / "inpaint/validation.csv")
    assert {"score", "hole_psnr_own_loss", "ssim_true_crack", "f1_block"} <= set(scores[0])
    assert [row["step"] for row in scores] == ["0", "1", "2"]
    # After two steps a fill is still about as smooth as the spline it starts from.
    for kind in ("brush", "loss", "block"):
        assert 0 < float(scores[1][f"texture_own_{kind}"]) < 1

    model = tmp_path / "mine"
    card = export_model([str(tmp_path / "edges"), str(tmp_path / "inpaint")], model)
    assert (card.edge.width, card.hole_form) == (4, "spline")
    assert (card.coarser_levels, card.widest_hole) == (0, None)
    assert export_model([str(model)], tmp_path / "again", widest_hole=300).widest_hole == 300
    with pytest.raises(TrainingError, match="0 coarser levels"):
        export_model([str(model)], tmp_path / "coarse", coarser_levels=3)
    assert load(str(model)).card == card
    picture = draw_picture(9, 96)
    damage = np.zeros(picture.shape[:2], bool)
    damage[30:50, 30:50] = True
    result = restore(picture, damage, model=str(model)).picture
    assert np.array_equal(result[~damage], picture[~damage])

    write_preview([str(tmp_path / "inpaint")], tmp_path / "sheet.png", pairs=5, base=str(model))
    assert read_picture(tmp_path / "sheet.png").data.shape == (31 + 5 * 260, 4 * 260, 3)
    of_model = {"pairs": 9, "base": "relic-base", "data": [str(large)]}
    write_preview([str(model)], tmp_path / "more.png", **of_model)
    assert read_picture(tmp_path / "more.png").data.shape == (31 + 8 * 260, 2 * 4 * 260, 3)
    with pytest.raises(TrainingError, match="not a run, so name intact pictures with --data"):
        write_preview([str(model)], tmp_path / "none.png", **(of_model | {"data": []}))


def test_levels_of_coarser_results_go_from_model_to_model(folder, tmp_path):
    train(folder, tmp_path / "edges", "edges", "steps=1")
    settings = (f'init_from=["{tmp_path / "edges"}"]', "hole_form=membrane", "refined=0.5")
    train(folder, tmp_path / "inpaint", "inpaint", "steps=1", *settings)
    runs = [str(tmp_path / name) for name in ("edges", "inpaint")]
    assert export_model(runs, tmp_path / "one").coarser_levels == 1
    assert export_model(runs, tmp_path / "three", coarser_levels=3).coarser_levels == 3
    assert export_model([str(tmp_path / "three")], tmp_path / "copy").coarser_levels == 3


def test_export_takes_the_edge_network_from_where_it_is_told(folder, tmp_path):
    train(folder, tmp_path / "edges", "edges", "steps=1")
    sources = f'init_from=["{tmp_path / "edges"}"]'
    train(folder, tmp_path / "inpaint", "inpaint", "steps=1", sources)
    train(folder, tmp_path / "joint", "joint", "steps=1", sources)
    runs = [str(tmp_path / name) for name in ("edges", "inpaint", "joint")]
    before = export_model(runs[:2], tmp_path / "before").networks
    after = export_model(runs, tmp_path / "after").networks
    mixed = export_model(runs, tmp_path / "mixed", edges_from=runs[0]).networks
    assert before["edge"].sha256 != after["edge"].sha256
    assert mixed["edge"].sha256 == before["edge"].sha256
    assert mixed["inpaint"].sha256 == after["inpaint"].sha256 != before["inpaint"].sha256
    with pytest.raises(TrainingError, match="inpaint holds no edge network"):
        export_model(runs, tmp_path / "none", edges_from=runs[1])


def test_export_names_the_network_that_is_missing(folder, tmp_path):
    train(folder, tmp_path / "run", "edges", "steps=1")
    with pytest.raises(TrainingError, match="no source holds the inpaint network"):
        export_model([str(tmp_path / "run")], tmp_path / "model")


def test_a_network_that_a_run_did_not_train_is_its_parents(folder, large, tmp_path, tiny_model):
    settings = (f'init_from=["{tiny_model}"]', "hole_form=membrane", "steps=1", "validate_every=1")
    train(folder, tmp_path / "inpaint", "inpaint", *settings, val=[large])
    said = []
    card = export_model([str(tmp_path / "inpaint")], tmp_path / "mine", say=said.append)
    parent = load(tiny_model)
    assert card.networks["edge"].sha256 == parent.card.edge.sha256
    assert card.networks["inpaint"].sha256 != parent.card.inpaint.sha256
    assert any("holds no edge network: that of tiny 1 is taken" in line for line in said)
    (run,) = card.training
    assert (run.stage, run.parent, run.pictures, run.steps) == ("inpaint", "tiny 1", 6, 1)
    assert set(run.scores) == set(run.above_parent) == {"crack", "brush", "loss", "block"}
    assert run.minutes >= 0 and len(run.pictures_sha256) == 64 and "processor" in run.device


def test_the_widest_hole_is_that_of_the_parent(folder, tmp_path, tiny_model):
    wide = export_model([tiny_model], tmp_path / "wide", widest_hole=200)
    assert wide.widest_hole == 200
    settings = (f'init_from=["{tmp_path / "wide"}"]', "hole_form=membrane", "steps=1")
    train(folder, tmp_path / "inpaint", "inpaint", *settings)
    card = export_model([str(tmp_path / "inpaint")], tmp_path / "mine")
    assert card.widest_hole == 200
