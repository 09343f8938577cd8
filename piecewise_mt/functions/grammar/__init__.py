"""The grammar of texts: tokens, brackets, the reader, and the readers of formulas.

Text is data: nothing is evaluated, and nothing recurses.
"""
