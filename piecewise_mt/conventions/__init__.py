"""The frameworks' own names, argument orders and tie rules; no framework is imported.

Each module has functions that build expressions, and a table ``PRIMITIVES`` of them with
examples, for tests and audits against the installed framework.
"""
