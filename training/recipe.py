"""The tables of a preset: every number of a training run, with its type and its bounds.

A run uses one stage's table and the three that are common to all: a `Recipe`.
"""

from __future__ import annotations

from typing import Annotated, Literal, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, Field, model_validator

from napari_relic_inpaint.smooth.hole_form import HoleForm, holds_coarser

StageName = Literal["edges", "inpaint", "texture", "joint", "glcic", "contextual-attention"]
STAGES: tuple[StageName, ...] = get_args(StageName)
COMMON = ("model", "data", "training")

ENDLESS = 10**9
"""Steps of a run that the clock ends."""

Share = Annotated[float, Field(ge=0, le=1)]
Decay = Annotated[float, Field(ge=0, lt=1)]
Enlargement = Annotated[float, Field(ge=1 / 64, le=64)]
Count = Annotated[int, Field(ge=1, le=10**9)]
Step = Annotated[int, Field(ge=0, le=10**9)]
Crop = Annotated[int, Field(ge=32, le=4096, multiple_of=8)]
Detail = Annotated[int, Field(ge=32, le=4096)]
Judge = Literal["prediction", "result"]
Seen = Literal["picture", "texture"]
Weight = Annotated[float, Field(ge=0, le=1e6)]
Source = Annotated[str, Field(min_length=1)]


class Table(BaseModel):
    """Base of all tables: unknown keys are errors, values do not change."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


Mix = TypeVar("Mix", bound=Table)


def _not_all_zero(mix: Mix) -> Mix:
    if not any(mix.model_dump().values()):
        raise ValueError("all shares are 0: give one of them at least a larger one")
    return mix


class ModelOptions(Table):
    """``[model]``: sizes of the networks, and where their weights start from."""

    width: int = Field(ge=1, le=512)
    blocks: int = Field(ge=0, le=64)
    hole_form: HoleForm
    discriminator_width: int = Field(ge=1, le=512)
    init_from: tuple[Source, ...] = ()
    """Models or runs to take generators from; of several with the same network the last counts."""


class DamageMix(Table):
    """How often each kind of synthetic damage is drawn, relative to the others."""

    crack: Weight
    brush: Weight
    loss: Weight
    block: Weight

    @model_validator(mode="after")
    def _some(self) -> DamageMix:
        return _not_all_zero(self)


class DataOptions(Table):
    """``[data]``: how pictures become crops, and crops become damaged."""

    crops: tuple[Crop, ...] = Field(min_length=1)
    """Sides of the square crops in pixels; each step draws one."""
    batch: int = Field(ge=1, le=10**5)
    """Pictures per step at the largest crop; smaller crops come in larger numbers, so that the
    pixels of a step stay the same."""
    scale: tuple[Enlargement, Enlargement]
    """Range of the random enlargement (below 1: reduction) before the crop is cut."""
    flip: bool
    canny_sigma: float = Field(gt=0, le=64)
    edges_seen: Literal["known", "intact"]
    """Edges outside the hole: those of the known pixels alone, as at restoration time, or the
    intact picture's with the hole cut out, as in the paper."""
    damage: DamageMix
    block: tuple[Share, Share]
    """Range of the side of a square hole, as a share of the crop's."""
    workers: int = Field(ge=0, le=1024)
    pipeline: Literal["workers", "device", "auto"] = "workers"
    """Who makes the batches: processes beside the one that trains, or the device that trains, which
    then keeps all pictures; ``auto``: the device if it is a CUDA card."""

    @model_validator(mode="after")
    def _ascending(self) -> DataOptions:
        for name in ("scale", "block"):
            low, high = getattr(self, name)
            if low > high:
                raise ValueError(f"{name} goes from {low} to {high}: put the smaller one first")
        if self.block[0] == 0:
            raise ValueError("block begins at 0: a square needs a side, such as 0.2 of the crop's")
        return self


class TrainingOptions(Table):
    """``[training]``: the optimiser and the bookkeeping."""

    seed: int = Field(ge=0, lt=2**63)
    optimiser: Literal["adam", "muon"]
    """Of the generators; ``muon`` for the weights of their convolutions, Adam for the rest."""
    betas: tuple[Decay, Decay]
    discriminator_rate: float = Field(gt=0, le=1000)
    """Learning rate of the discriminators, relative to the generators'."""
    decay: Literal["none", "cosine"]
    warmup: Step
    """Steps over which the learning rate rises from zero."""
    ema: Decay
    """Decay per step of the running average of the generators' weights, which is what ships."""
    precision: Literal["auto", "32-true", "bf16-mixed"]
    """``auto``: bfloat16 on a GPU and on processors that have instructions for it."""
    compile: bool
    minutes: float = Field(default=0, ge=0, le=1e6)
    """Longest duration of the run, which the learning rate then follows; 0: as its steps take."""
    log_every: Count
    save_every: Count
    sample_every: Count
    validate_every: Count


class StageOptions(Table):
    """What every stage's table holds."""

    steps: Count
    learning_rate: float = Field(gt=0, le=1)


class TwoStageOptions(StageOptions):
    """What the tables of the two stages hold."""

    judge: Judge
    """What the losses see: the prediction everywhere, as in the paper, or the prediction inside
    the hole and the truth outside; of the patches that the discriminators score, then only those
    in the hole count."""


class EdgeLosses(Table):
    """Weights of the first stage's losses."""

    adversarial: Weight
    feature_matching: Weight
    cross_entropy: Weight
    edge_weight: float = Field(gt=0, le=1e6)
    """Weight of an edge pixel in the cross-entropy, relative to one that is none."""
    adversarial_from: Step
    """First step at which D1 takes part."""


class PriorMix(Table):
    """How often stage 2 sees which edges inside the hole, relative to each other."""

    true: Weight
    thinned: Weight
    own: Weight
    none: Weight

    @model_validator(mode="after")
    def _some(self) -> PriorMix:
        return _not_all_zero(self)


class InpaintLosses(Table):
    """Weights of the second stage's losses (Eq. 20)."""

    alpha: Weight
    adversarial_global: Weight
    adversarial_local: Weight
    perceptual: Weight
    style: Weight
    feature_matching: Weight
    l1: Weight
    decibels: Weight
    """Of the hole PSNR as a loss."""
    seen: Seen
    """What D2 and D3 see beside the edges: the pictures, as in the paper, or their texture, which
    is what they are beside their local mean."""
    detail: Detail
    """Side h of the detail that D3 sees (Eq. 14)."""
    perceptual_from: Step
    adversarial_from: Step
    """First step at which D2 and D3 take part."""


class EdgesStage(TwoStageOptions):
    """``[edges]``: the first stage."""

    losses: EdgeLosses


class InpaintStage(TwoStageOptions):
    """``[inpaint]``: the second stage."""

    priors: PriorMix
    refined: Share
    """Share of the steps on wide holes, whose prefill is the network's own result at half the
    scale, enlarged."""
    losses: InpaintLosses


class JointStage(TwoStageOptions):
    """``[joint]``: both stages, the second on the edges of the first."""

    priors: PriorMix
    refined: Share
    edge_losses: EdgeLosses
    losses: InpaintLosses


class GlcicLosses(Table):
    """Weights of GLCIC's losses, and its phases.

    First the generator alone, then the discriminator alone, then both.
    """

    squared: Weight
    """Of the mean squared error in the hole."""
    adversarial: Weight
    detail: Detail
    """Side of the detail that the discriminator sees beside the whole picture."""
    discriminator_from: Step
    """First step of the second phase."""
    adversarial_from: Step
    """First step of the third phase."""

    @model_validator(mode="after")
    def _in_order(self) -> GlcicLosses:
        if self.discriminator_from > self.adversarial_from:
            raise ValueError(
                f"discriminator_from ({self.discriminator_from}) comes after adversarial_from "
                f"({self.adversarial_from})"
            )
        return self


class ContextualAttentionLosses(Table):
    """Weights of the losses of contextual attention; pictures are in [-1, 1] in all of them."""

    coarse_hole: Weight
    """Of the spatially discounted L1 of the coarse picture."""
    coarse_known: Weight
    """Of the L1 of the coarse picture outside the hole."""
    refined_hole: Weight
    refined_known: Weight
    adversarial: Weight
    gradient_penalty: Weight
    discount: Share
    """Factor per pixel of distance from the known ones."""
    detail: Detail
    """Side of the detail that one of the critics sees."""
    adversarial_from: Step
    """First step at which the critics take part."""


class GlcicStage(StageOptions):
    """``[glcic]``: global and local consistency, to compare with."""

    losses: GlcicLosses


class ContextualAttentionStage(StageOptions):
    """``[contextual-attention]``: contextual attention, to compare with."""

    losses: ContextualAttentionLosses


class Preset(Table):
    """A whole preset file."""

    model: ModelOptions
    data: DataOptions
    training: TrainingOptions
    edges: EdgesStage
    inpaint: InpaintStage
    texture: InpaintStage | None = None
    """The second stage once more, short and late, for texture as well as for colours."""
    joint: JointStage
    glcic: GlcicStage
    contextual_attention: ContextualAttentionStage = Field(alias="contextual-attention")


STAGE_TABLES: dict[StageName, type[StageOptions]] = {
    "edges": EdgesStage,
    "inpaint": InpaintStage,
    "texture": InpaintStage,
    "joint": JointStage,
    "glcic": GlcicStage,
    "contextual-attention": ContextualAttentionStage,
}


class Recipe(Table):
    """What one run needs: the common tables and its own stage's."""

    name: StageName
    model: ModelOptions
    data: DataOptions
    training: TrainingOptions
    stage: EdgesStage | InpaintStage | JointStage | GlcicStage | ContextualAttentionStage

    @model_validator(mode="after")
    def _refinable(self) -> Recipe:
        if getattr(self.stage, "refined", 0) and not holds_coarser(self.model.hole_form):
            raise ValueError(
                "refined needs the hole_form membrane: neither a white hole nor a spline can hold "
                "a coarser result"
            )
        return self

    @property
    def endless(self) -> bool:
        """Whether the clock alone ends the run."""
        return bool(self.training.minutes) and self.stage.steps >= ENDLESS


def stage_priors(stage: StageOptions) -> PriorMix:
    """Return how often a stage sees which edges in the hole."""
    if isinstance(stage, InpaintStage | JointStage):
        return stage.priors
    return PriorMix(true=1, thinned=0, own=0, none=0)


def stage_detail(stage: StageOptions) -> int:
    """Return the side of the detail that a stage's discriminator sees; 0 if there is none."""
    return 0 if isinstance(stage, EdgesStage) else stage.losses.detail  # type: ignore[attr-defined]
