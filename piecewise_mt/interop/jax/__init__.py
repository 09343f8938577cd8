"""JAX functions traced by ``jax.make_jaxpr``, and compared with what is made of them.

Imports from ``conventions``, ``functions`` and ``interop.checking``; jax is imported where a
function is read.
"""
