"""Derivations: the chain rule (14) written out step by step."""
