"""The partition: conditions and domains as polyhedra, refinement by kinks, and the strata.

``refinement`` runs the engine of ``geometry.complex`` over a program; ``smooth_kinks`` carries
kinks behind smooth nodes; ``strata`` holds the result. Imports from ``evaluation``, ``smooth``
and ``results``.
"""
