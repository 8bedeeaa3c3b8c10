"""Models: find, choose, verify, load, save, add and import the weights of the methods' networks.

A model is a folder with a ``card.json`` and safetensors files. One for each method with networks
ships with the package; the user's own lie in `folders.user_folder`.
"""
