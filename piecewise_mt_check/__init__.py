"""A checker of certificates that does not share a line with the program that writes them.

``python -m piecewise_mt_check file.json`` answers *valid*, with what is proved, *invalid* or
*unsupported*, with the reason; the exit code is 0, 1 or 2. It is written from the schema of
certificates (docs/certificates.md), needs Python's standard library only, and is meant to be read:
``reading`` (data that is not trusted), ``rows`` (Farkas), ``polynomials``, ``atoms`` (the nonsmooth
functions), ``functions``, ``tree`` (regions), then a module for each kind of certificate. Kinds
with polynomials also need ``algebraic`` (real roots), ``sign_tables``, ``cases`` and ``curves``,
bounds of smooth functions ``intervals``, ``expressions`` and ``boxes``.
"""

from piecewise_mt_check.check import Verdict, check_data, check_file, check_text

__all__ = ["Verdict", "check_data", "check_file", "check_text"]
