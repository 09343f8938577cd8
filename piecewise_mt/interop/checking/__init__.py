"""An imported function against what it was made of, within bounds on rounding.

Imports from ``functions`` and ``calculus``; no framework.
"""
