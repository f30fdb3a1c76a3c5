"""Any detector of PyOD, by its name: `pyod:ecod`."""

from __future__ import annotations

import inspect
import pkgutil
from dataclasses import dataclass
from importlib import import_module
from typing import ClassVar

import pyod.models
import skops.io  # noqa: F401  so that a missing extra is said at once, not when a model is to be saved

from ..base import Scores
from ..errors import UnknownNameError
from ..kernels.estimators import finite, kebab, plain
from ..series import Values
from .estimator import EstimatorDetector

_NO_MODELS = {"base", "base_dl", "gaal_base", "sklearn_base", "combination", "thresholds"}


@dataclass(kw_only=True)
class Pyod(EstimatorDetector):
    """The decision function of a PyOD detector over rows or trailing windows, shared out to channels: their sum is the row's.

    Works where the detector chosen does. Higher is stranger, as in PyOD; infinite is 1e30. A channel's share is what the
    score falls by when the channel takes its typical value, for rows above the 99th percentile of training scores; in
    other rows channels share equally. Some detectors (`ecod`, `copod`, `sos`) judge a row by the rows it is asked
    about with: fitting finds out, and then the model looks ahead and cannot be streamed.

    Stored as skops bytes, which hold no code, and loaded only if made of classes of pyod, scikit-learn, numpy and scipy.
    Networks of torch are not, so saving one is refused.

    Cost: the detector's own; once more for each channel in rows above the percentile. With a window the training
    windows are written out, window times the size of the series.

    Parameters
    ----------
    model : module or class of `pyod.models`: `ecod`, `copod`, `hbos`, `knn`, `iforest`, `auto-encoder`, ...
    options : arguments of its constructor
    window : rows a score reads, the last one included; 1 looks at each row alone
    seed : its `random_state`, where it has one

    Examples
    --------
    >>> from redshank.testing import sine, sine_with_spike
    >>> series, at = sine_with_spike(channels=3, guilty=2)
    >>> scores = Pyod(model="knn", options={"n_neighbors": 3}).fit(sine(channels=3)).score(series)
    >>> int(scores.sum(axis=1).argmax()) == at, int(scores[at].argmax())
    (True, 2)
    >>> Pyod(model="knnn").fit(series)
    Traceback (most recent call last):
    redshank.errors.UnknownNameError: No PyOD detector is called 'knnn'. Did you mean 'knn'?
    """

    paper: ClassVar[str] = "Zhao, Nasrullah & Li 2019, PyOD, JMLR 20(96)"
    extra: ClassVar[str] = "pyod"
    libraries: ClassVar[tuple[str, ...]] = ("pyod", "sklearn", "numpy", "scipy")

    def _class(self) -> type:
        modules = {plain(name): name for name in _modules()}
        if plain(self.model) not in modules:
            raise UnknownNameError.among("PyOD detector", self.model, map(kebab, _modules()))
        module = import_module(f"pyod.models.{modules[plain(self.model)]}")
        own = [cls for cls in vars(module).values() if inspect.isclass(cls) and cls.__module__ == module.__name__]
        rates = [cls for cls in own if hasattr(cls, "decision_function")]
        # The detector carries its module's name; where none does (`ts_kshape` has KShape) it comes last.
        return next((cls for cls in rates if plain(cls.__name__) == plain(self.model)), rates[-1])

    def _rate(self, rows: Values) -> Scores:
        return finite(self._estimator.decision_function(rows))


def _modules() -> list[str]:
    names = [module.name for module in pkgutil.iter_modules(pyod.models.__path__)]
    return [name for name in names if name not in _NO_MODELS and not name.startswith("_")]
