"""PyTorch modules traced by torch.fx: the module, its functions, the rounding of weights."""
