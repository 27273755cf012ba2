"""dfc-export: checkpoints of PyTorch, Hugging Face and Keras become self-describing ONNX files."""
