"""The ladder: what a gradient is on every stratum, whoever computed it.

Imports from ``consistency``, ``local`` and the rooms below them.
"""
