"""The proof that an ONNX file answers as its source does."""
