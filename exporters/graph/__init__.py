"""Surgery on ONNX graphs."""
