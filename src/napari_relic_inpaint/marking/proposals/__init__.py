"""Damage that is proposed: cracks and lacunae, piece by piece, for the user to take or leave."""
