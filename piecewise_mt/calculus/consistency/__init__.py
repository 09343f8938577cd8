"""Consistency: is a representation one of its function, and do the theorems hold for it.

``check`` decides partition, continuity and gradients of a stated table; ``theorems`` proves
(14), (15) and Stampacchia's lemma on derived ones. Imports from ``representation`` and the
rooms below it.
"""
