"""Optimisation models for other programs: LP and MPS texts, HiGHS, Pyomo and CVXPY."""
