"""ONNX files: the file, its operators, and what they become.

Imports from ``conventions`` and ``functions``; onnx is imported where a file is read.
"""
