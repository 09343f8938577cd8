"""Results: reports with counterexamples, and what can be shown as text, LaTeX and HTML.

Data without mathematics: a report knows verdicts, and shows itself through ``display``. It imports
from ``exact`` and from no other room of ``calculus``.
"""
