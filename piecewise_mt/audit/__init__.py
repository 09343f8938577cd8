"""The audit: gradients of installed frameworks, tried at exact points.

Imports from ``conventions``, ``calculus`` and the rooms below them.
"""
