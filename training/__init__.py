"""Train the two stages of the method on pictures of your own: ``python -m training --help``.

The networks, the damage, the edges and the smooth fill are those of ``napari_relic_inpaint``;
here are the losses, the loop around them, and what is measured on the way.
"""
