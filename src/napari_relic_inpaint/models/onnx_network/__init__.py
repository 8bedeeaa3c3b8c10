"""Inpainting networks that users bring as ONNX files.

``card`` says what the file does not, ``graph`` tells which input is which, ``form`` turns windows
into inputs and outputs into windows, ``session`` runs the file with ONNX Runtime.
"""
