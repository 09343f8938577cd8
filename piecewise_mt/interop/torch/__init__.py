"""PyTorch modules traced by torch.fx: the module, its functions, the rounding of weights.

Imports from ``conventions`` and ``functions``; torch is imported where a module is read.
"""
