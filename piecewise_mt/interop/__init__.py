"""Importers from other libraries, which are imported where they are used.

A file is data: it is checked, translated exactly, or refused. Imports from ``conventions``,
``calculus`` and the rooms below.
"""
