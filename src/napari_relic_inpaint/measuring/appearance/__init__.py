"""How unlike two pictures look, by a network that was taught what people see."""

from napari_relic_inpaint.measuring.appearance.lpips import LEAST_SIDE, REACH, Lpips

__all__ = ["LEAST_SIDE", "REACH", "Lpips"]
