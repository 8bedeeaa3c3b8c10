"""How unlike two pictures look, by a network that was taught what people see."""

from napari_relic_inpaint.appearance.lpips import REACH, Lpips

__all__ = ["REACH", "Lpips"]
