import pytest

from training.errors import TrainingError
from training.presets import change, load_recipe, names
from training.recipe import STAGES


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


def test_the_other_methods_have_their_published_numbers():
    glcic, attention = (load_recipe("paper", name) for name in ("glcic", "contextual-attention"))
    assert (glcic.model.width, glcic.data.batch, glcic.stage.steps) == (64, 96, 500_000)
    losses = glcic.stage.losses
    assert (losses.adversarial, losses.discriminator_from) == (4e-4, 90_000)
    assert losses.adversarial_from == 100_000
    assert (attention.model.width, attention.data.batch) == (32, 16)
    assert (attention.stage.learning_rate, attention.training.betas) == (1e-4, (0.5, 0.9))
    losses = attention.stage.losses
    assert (losses.discount, losses.adversarial, losses.gradient_penalty) == (0.9, 0.001, 10)


def test_a_stage_has_values_of_its_own_in_the_common_tables():
    common, own = load_recipe("relic", "edges"), load_recipe("relic", "glcic")
    assert (common.model.init_from, own.model.init_from) == (("relic-base",), ())
    assert own.training.optimiser == "adam"
    assert own.data == common.data


@pytest.mark.parametrize(
    ("line", "wrong", "message"),
    [
        ("[glcic.model]", "[glcic.modell]", r"there is no key 'glcic\.modell'"),
        ("[glcic.model]", "[glcic.model]\nwidht = 3", r"there is no key 'model\.widht'"),
        ("[glcic.model]", "model = 3\n[glcic.other]", "model: input should be"),
    ],
)
def test_wrong_values_of_a_stages_own_are_named(tmp_path, line, wrong, message):
    path = tmp_path / "mine.toml"
    source = load_recipe.__globals__["FOLDER"] / "relic.toml"
    path.write_text(source.read_text().replace(line, wrong))
    with pytest.raises(TrainingError, match=message):
        load_recipe(str(path), "glcic")


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


@pytest.mark.parametrize("stage", STAGES)
def test_wrong_settings_of_every_stage_are_named_as_its_own(stage):
    with pytest.raises(TrainingError, match="--set: learning_rate: input should be greater"):
        load_recipe("relic", stage, ["learning_rate=-1"])


def test_an_unknown_key_in_a_file_is_named(tmp_path):
    path = tmp_path / "mine.toml"
    source = load_recipe.__globals__["FOLDER"] / "relic.toml"
    path.write_text(source.read_text().replace("flip = true", "flip = true\nflop = 1"))
    with pytest.raises(TrainingError, match=r"there is no key 'data\.flop'"):
        load_recipe(str(path), "edges")


def test_an_unknown_preset_lists_the_known_ones():
    with pytest.raises(TrainingError, match="paper, relic"):
        load_recipe("rembrandt", "edges")
