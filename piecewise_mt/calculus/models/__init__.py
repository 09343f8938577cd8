"""Minimising a piecewise linear function as a linear or a mixed-integer linear program.

Imports from ``forms`` and the rooms below it.
"""
