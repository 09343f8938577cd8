"""The exact paths of examples/data_fitting.py against scikit-learn, within 1e-6."""

from __future__ import annotations

import numpy as np
import pytest
from test_data_fitting import fit, parameter, penalty, places

sklearn = pytest.importorskip("sklearn", reason="scikit-learn is not installed")


def agree(found, point):
    assert np.abs(np.asarray(found, float) - np.array([float(v) for v in point])).max() < 1e-6


def lasso(matrix, targets, penalty):
    from sklearn.linear_model import Lasso

    model = Lasso(penalty / len(targets), fit_intercept=False, tol=1e-15, max_iter=10**6)
    return model.fit(matrix, targets).coef_


def test_lasso():
    segments = fit.path_by_pieces(fit.lasso(parameter), (-1, 1))
    for value in places(segments):
        found = lasso(np.array(fit.LASSO_X, float), np.array(fit.LASSO_Y, float), float(value))
        agree(found, fit.at_penalty(segments, value))


def test_support_vectors():
    from sklearn.svm import LinearSVC

    segments = fit.path_by_pieces(fit.svm(parameter), (0, 1))
    for value in places(segments):
        model = LinearSVC(loss="hinge", C=float(value), fit_intercept=False, dual=True, tol=1e-12,
                          max_iter=10**7, random_state=0)  # fmt: skip
        agree(model.fit(fit.SVM_X, fit.SVM_Y).coef_[0], fit.at_penalty(segments, value))


def test_huber():
    """By outliers: with w eliminated it is a LASSO in them."""
    segments = fit.path_by_zeros(fit.huber_conditions(fit.w, penalty), fit.w)
    design = np.array([[a, 1.0] for a, _ in fit.POINTS])
    targets = np.array([float(b) for _, b in fit.POINTS])
    rest = np.eye(len(targets)) - design @ np.linalg.pinv(design)
    for value in places(segments):
        outliers = lasso(rest, rest @ targets, float(value))
        agree(np.linalg.lstsq(design, targets - outliers, rcond=None)[0],
              fit.at_penalty(segments, value))  # fmt: skip


def test_least_deviations():
    from sklearn.linear_model import QuantileRegressor

    segments = fit.path_by_vertices()
    targets = [b for _, b in fit.POINTS]
    breaks = {own.low for own in segments}  # there minimisers are not unique
    for value in places(segments):
        if value not in breaks:
            alpha = float(value) / (2 * len(targets))
            model = QuantileRegressor(quantile=0.5, alpha=alpha, solver="highs")
            model.fit([[a] for a, _ in fit.POINTS], targets)
            agree([model.coef_[0], model.intercept_], fit.at_penalty(segments, value))
