"""Networks as plain PyTorch modules: tensors in, tensors out."""
