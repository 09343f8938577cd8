"""Local analysis at a point: limits of gradients, subdifferentials, derivatives, rungs.

``reduction`` cuts a function down to its active kinks, ``model`` holds what is left, and
``bouligand``, ``clarke``, ``frechet`` and ``autodiff`` answer from it; ``nearby`` decides
continuity near the point. Imports from ``representation`` and the rooms below it.
"""
