"""Integrals of piecewise polynomial functions, and what follows from them: volumes, means, laws.

``parts`` cuts a bounded domain into simplices on which a function is a polynomial; ``integral``,
``distribution`` and ``weak`` ask about them.
"""
