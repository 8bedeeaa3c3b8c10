"""Detail from the picture itself: what a painting lacks, copied from where it is still there.

A conservator calls it reconstruction by analogy. The painting of a method says what was there, the
known pixels say how it looks; every pixel of the result can say where it came from.
"""
