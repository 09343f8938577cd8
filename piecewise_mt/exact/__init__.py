"""Exact numbers and integer linear algebra; no floats below this line."""
