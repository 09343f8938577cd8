"""The examples of Després's paper: derived, checked, and varied.

``examples`` derives, ``checks`` checks statements as printed, ``variants`` changes one thing at
a time, ``symbolic`` has the weights among the variables, ``appendix`` derives the proof of
Stampacchia's property. Imports from every room but the command line.
"""
