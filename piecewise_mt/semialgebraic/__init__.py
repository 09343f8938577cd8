"""Systems of polynomial sign conditions: has one a real point, or a proof that it has none.

``systems`` states the question and its three answers, ``decide`` runs the chain: ``elimination``
removes variables that occur linearly, ``sampling`` looks at the line over sample points,
``zero_dimensional`` finds finitely many points, ``nlsat`` asks z3. ``states`` keeps what is known
on the way, ``polynomials``, ``lines`` and ``fields`` compute, ``projection`` says which signs
decide those along a line. ``labels`` enumerates the nonempty combinations of alternatives,
``reduction`` takes out of conditions what the others imply.

It knows polynomials and points, no functions; imports from ``exact`` and ``errors``. Answers are
checked by ``exact.case_trees`` and ``exact.algebraic_points``, which share no code with it.
"""
