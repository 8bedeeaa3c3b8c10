"""How good a restoration is: scores beside a reference, likeness, and what people think."""
