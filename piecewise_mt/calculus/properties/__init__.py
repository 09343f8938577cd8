"""Properties in the large: level sets, infima, shape, critical points, Lipschitz constants.

Imports from ``ladder``, ``local`` and the rooms below them.
"""
