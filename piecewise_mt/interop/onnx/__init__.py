"""ONNX files: the file, its operators, and what they become."""
