"""Models: find, verify, load, save and import the weights of the two-stage method.

A model is a folder with a ``card.json`` and safetensors files. `relic-base` ships with the package;
the user's own lie in `folders.user_folder`.
"""
