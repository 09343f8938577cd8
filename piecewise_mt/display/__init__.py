"""Text, LaTeX, Markdown and HTML for pieces, strata and their tables."""
