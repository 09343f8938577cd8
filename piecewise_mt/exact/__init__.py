"""Exact numbers and integer linear algebra; no floats below this line.

Everything else rests on it; imports from ``errors`` only. The checkers of certificates share
nothing with the solvers.
"""
