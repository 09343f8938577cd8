"""Polyhedra and complexes of polyhedral faces, in exact integers."""
