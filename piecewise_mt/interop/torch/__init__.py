"""PyTorch modules traced by torch.export, or by torch.fx, and compared with what is made of them.

Imports from ``conventions`` and ``functions``; torch is imported where a module is read.
"""
