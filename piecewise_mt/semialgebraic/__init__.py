"""Systems of polynomial sign conditions: has one a real point, or a proof that it has none.

``systems`` states the question and its three answers, ``decide`` runs the chain, ``elimination``
removes one variable after the other, ``lines`` and ``fields`` hold the roots of one polynomial and
the numbers made of them, ``nlsat`` asks z3, ``labels`` enumerates the nonempty combinations of
alternatives. It knows polynomials and points, no functions; imports from ``exact`` and ``errors``.
"""
