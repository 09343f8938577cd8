"""A PyTorch module of a function, for tests of what importing makes of it."""

from __future__ import annotations

import torch
from torch import nn


class Of(nn.Module):
    """A module whose forward is a function of itself and the input."""

    def __init__(self, function, **parts):
        super().__init__()
        self.function = function
        for name, part in parts.items():
            if isinstance(part, torch.Tensor):
                self.register_buffer(name, part)
            else:
                setattr(self, name, part)

    def forward(self, x):
        return self.function(self, x)
