"""Strata, representations and associated gradients: what the package derives."""
