"""Building functions: arithmetic, the named functions, layers, pooling, conditions.

Sugar over the node types of ``functions.nodes``; a builder checks its arguments and makes one node.
"""
