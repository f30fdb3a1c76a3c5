"""Any outlier or density model of scikit-learn, by its name: `sklearn:isolation-forest`."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from importlib import import_module
from typing import Any, ClassVar

import sklearn  # noqa: F401
import skops.io  # noqa: F401  so that a missing extra is said at once, not when a model is to be saved

from ..base import Scores
from ..errors import UnknownNameError
from ..kernels.estimators import finite, kebab, plain
from ..series import Values
from .estimator import EstimatorDetector

_MODULES = ("covariance", "decomposition", "ensemble", "linear_model", "mixture", "neighbors", "svm")


@dataclass(kw_only=True)
class Sklearn(EstimatorDetector):
    """How abnormal a scikit-learn model finds each row or trailing window, shared out to channels: their sum is the row's.

    Any estimator with `score_samples`: outlier models (`isolation-forest`, `local-outlier-factor`, `one-class-svm`,
    `sgd-one-class-svm`, `elliptic-envelope`) and densities (`gaussian-mixture`, `kernel-density`, `pca`, ...). Works where
    the model chosen does. scikit-learn's scores are lower where a row is abnormal, ours are their negatives; infinite is
    1e30. A channel's share is what the score falls by when the channel takes its typical value, for rows above the
    99th percentile of training scores; in other rows channels share equally.

    Stored as skops bytes, which hold no code, and loaded only if made of classes of scikit-learn, numpy and scipy.

    Cost: the model's own; once more for each channel in rows above the percentile. With a window the training windows are
    written out, window times the size of the series.

    Parameters
    ----------
    model : class with `score_samples`, as `isolation-forest` or `IsolationForest`
    options : arguments of its constructor
    window : rows a score reads, the last one included; 1 looks at each row alone
    seed : its `random_state`, where it has one

    Examples
    --------
    >>> from redshank.testing import sine, sine_with_spike
    >>> series, at = sine_with_spike(channels=3, guilty=2)
    >>> scores = Sklearn(model="gaussian-mixture", options={"n_components": 8}).fit(sine(channels=3)).score(series)
    >>> int(scores.sum(axis=1).argmax()) == at, int(scores[at].argmax())
    (True, 2)
    >>> Sklearn(model="isolation-florist").fit(series)
    Traceback (most recent call last):
    redshank.errors.UnknownNameError: No scikit-learn model is called 'isolation-florist'. Did you mean 'isolation-forest'?
    """

    paper: ClassVar[str] = "Pedregosa et al. 2011, Scikit-learn, JMLR 12"
    extra: ClassVar[str] = "sklearn"
    libraries: ClassVar[tuple[str, ...]] = ("sklearn", "numpy", "scipy")

    def _class(self) -> type:
        modules = (import_module(f"sklearn.{name}") for name in _MODULES)
        classes = [cls for module in modules for cls in map(vars(module).get, module.__all__) if inspect.isclass(cls)]
        rates = {cls.__name__: cls for cls in classes if hasattr(cls, "score_samples")}
        for name, cls in rates.items():
            if plain(name) == plain(self.model):
                return cls
        raise UnknownNameError.among("scikit-learn model", self.model, map(kebab, rates))

    def _defaults(self, known: Any) -> dict[str, Any]:
        return {"novelty": True} if "novelty" in known else {}

    def _rate(self, rows: Values) -> Scores:
        return finite(-self._estimator.score_samples(rows))
