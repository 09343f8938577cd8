"""Text, LaTeX, Markdown and HTML for pieces, strata and their tables.

What results look like; ``door`` is the one way in from below. Imports from every room below,
and decides nothing.
"""
