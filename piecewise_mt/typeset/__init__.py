"""Typesetting from integer rows: affine forms, conditions, tables and the layout of LaTeX.

Knows coefficients, names and cells of tables, and no object of the mathematics; imports only from
``exact``, ``errors`` and ``memory``, so that ``geometry`` may print itself with it.
"""
