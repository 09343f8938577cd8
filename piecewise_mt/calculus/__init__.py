"""Strata, representations and associated gradients: what the package derives.

Rooms by mathematics, in the order of ``[tool.importlinter]``: ``results``, ``smooth``,
``evaluation``, ``partition``, ``representation``, ``local``, ``consistency``, ``ladder``,
``properties``, ``apply``; ``asking`` is the door for the questions of functions and
representations. Imports from ``functions`` and the rooms below it.
"""
