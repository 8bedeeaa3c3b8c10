"""Smooth fills, without a network: what every method starts from."""
