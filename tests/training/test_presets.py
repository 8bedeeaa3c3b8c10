import pytest

from training.errors import TrainingError
from training.presets import STAGES, change, load_recipe, names


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("preset", ["paper", "relic"])
def test_presets_of_the_package_are_valid(preset, stage):
    assert preset in names()
    assert load_recipe(preset, stage).name == stage


def test_paper_has_the_papers_numbers():
    recipe = load_recipe("paper", "inpaint")
    stage = recipe.stage
    assert (recipe.model.width, recipe.model.hole_form) == (64, "white")
    assert (recipe.data.batch, recipe.data.crops) == (4, (256,))
    assert (stage.steps, stage.learning_rate) == (300_000, 1e-4)
    losses = stage.losses
    assert (losses.alpha, losses.adversarial_global, losses.adversarial_local) == (0.1, 0.8, 0.2)
    assert (losses.perceptual, losses.style, losses.detail) == (0.1, 250, 128)


def test_settings_reach_the_stage_and_the_common_tables():
    recipe = load_recipe(
        "relic", "inpaint", ["steps=7", "losses.l1=3", "data.batch=6", "flip=false"]
    )
    assert (recipe.stage.steps, recipe.stage.losses.l1) == (7, 3)
    assert (recipe.data.batch, recipe.data.flip) == (6, False)


def test_a_single_source_needs_no_brackets():
    assert change(load_recipe("relic", "edges"), ["init_from=runs/a"]).model.init_from == (
        "runs/a",
    )


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("stepz=7", "'stepz'.*did you mean 'steps'"),
        ("steps=0", "steps: .*greater"),
        ("hole_form=black", "hole_form"),
        ("steps", "key=value"),
    ],
)
def test_wrong_settings_are_named(setting, message):
    with pytest.raises(TrainingError, match=message):
        load_recipe("relic", "edges", [setting])


def test_an_unknown_key_in_a_file_is_named(tmp_path):
    path = tmp_path / "mine.toml"
    source = load_recipe.__globals__["FOLDER"] / "relic.toml"
    path.write_text(source.read_text().replace("flip = true", "flip = true\nflop = 1"))
    with pytest.raises(TrainingError, match=r"there is no key 'data\.flop'"):
        load_recipe(str(path), "edges")


def test_an_unknown_preset_lists_the_known_ones():
    with pytest.raises(TrainingError, match="paper, relic"):
        load_recipe("rembrandt", "edges")
