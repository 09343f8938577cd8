"""Polyhedra and complexes of polyhedral faces, in exact integers.

``complex`` is the kernel that enumerates faces, ``relations`` what a condition is, ``polyhedron``
one set, ``cells`` one cell that is split, ``cover`` and ``unions`` many. Imports from ``typeset``
and ``exact``.
"""
