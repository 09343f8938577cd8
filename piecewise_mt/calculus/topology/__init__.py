"""Topology of polyhedral sets and of piecewise linear functions, exactly.

``reading`` makes unions of relatively open faces of what is asked about; ``betti`` tells their
homology, ``components`` their components, ``persistence`` how sublevel sets change, and ``morse``
where.
"""
