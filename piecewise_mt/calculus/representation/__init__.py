"""Representations (6) with their associated gradients (7): derived by the engine, or stated.

``derived`` and ``stated`` are the two kinds; ``chain_rule`` has the factors (9) and (14) of a
piece, ``tangential`` the conditions (15). Imports from ``partition`` and the rooms below it.
"""
