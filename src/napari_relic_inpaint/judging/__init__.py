"""Several restorations of the same damage: where they disagree, and which one is taken where."""
