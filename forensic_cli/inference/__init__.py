"""From uint8 pictures to scores. ONNX Runtime is used here and nowhere else."""
