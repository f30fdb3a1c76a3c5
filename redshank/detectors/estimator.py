"""What the adapters of other libraries share: a detector around an estimator that scores rows."""

from __future__ import annotations

import inspect
import json
from abc import abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar, Self

import numpy as np
from annotated_types import Ge

from ..base import Detector, Scores
from ..errors import MissingExtraError, ParamError, RedshankError, SeriesError
from ..kernels import estimators
from ..kernels.windows import blocks, spread
from ..series import Values

HIGH = 0.99
"""Quantile of training scores above which it is asked which channel was to blame."""
SAMPLE = 1000


@dataclass(kw_only=True)
class EstimatorDetector(Detector):
    """Scores rows, or trailing windows written out as rows, by an estimator of another library.

    An author says which class a model's name stands for and how a fitted estimator rates rows, higher being stranger.
    What was learned is stored as skops bytes, and loaded only if made of classes of `libraries`.
    """

    scorer: ClassVar[str] = "sum"
    libraries: ClassVar[tuple[str, ...]]
    """First the estimators' own, then those whose classes may be parts of one."""

    model: str
    options: dict[str, Any] = field(default_factory=dict)
    window: Annotated[int, Ge(1)] = 1
    seed: Annotated[int, Ge(0)] = 0

    @property
    def context(self) -> int:
        return self.window - 1

    @property
    def looks_ahead(self) -> bool:
        return bool(getattr(self, "together_", False))

    @property
    def state(self) -> dict[str, Any]:
        if not hasattr(self, "_estimator"):
            return super().state
        return super().state | {"estimator_": estimators.to_bytes(self._estimator, self.libraries)}

    def load_state(self, state: dict[str, Any]) -> Self:
        super().load_state({name: value for name, value in state.items() if name != "estimator_"})
        self._estimator = estimators.from_bytes(state["estimator_"], self.libraries)
        return self

    def _must_be_fitted(self) -> None:
        # Not by asking for the state: that packs the estimator, or refuses to.
        if not hasattr(self, "_estimator"):
            super()._must_be_fitted()

    def _fit(self, x: Values) -> None:
        with self._asking():
            estimator = self._built()
            rows = np.concatenate([part for _, part in blocks(x, self.window)])
            self._estimator = estimator.fit(rows)
            some = rows[spread(len(rows), SAMPLE)]
            self.together_ = estimators.looks_around(self._rate, some)
            self.typical_ = np.median(x, axis=0)
            self.level_ = float(np.quantile(np.nan_to_num(estimators.finite(self._rate(some))), HIGH))

    def _score(self, x: Values) -> Scores:
        scores = np.full(x.shape, np.nan)
        with self._asking():
            scores[self.context :] = estimators.channel_scores(
                self._rate, x, self.window, self.typical_, self.level_, self.together_
            )
        return scores

    def _built(self) -> Any:
        cls = self._class()
        known = inspect.signature(cls).parameters
        given = {name: _value(value) for name, value in self.options.items()}
        for name in given:
            if name not in known:
                raise ParamError(f"{cls.__name__} has no option {name!r}. It has: {', '.join(known) or 'none'}.")
        drawn = {"random_state": self.seed} if "random_state" in known else {}
        return cls(**self._defaults(known), **drawn | given)

    @contextmanager
    def _asking(self) -> Iterator[None]:
        """Around every call of the other library: what it prints, warns of and refuses."""
        name = f"{self.libraries[0]}:{self.model}"
        try:
            with estimators.quiet(self.libraries):
                yield
        except RedshankError:
            raise
        except ImportError as error:
            package = (error.name or "a package").partition(".")[0]
            raise MissingExtraError(f"{name!r} needs {package}: pip install {package}") from error
        except Exception as error:
            raise SeriesError(
                f"{name!r} refused the data ({type(error).__name__}: {error}). Change its options, or use another model."
            ) from error

    @abstractmethod
    def _class(self) -> type:
        """The class the model's name stands for."""

    @abstractmethod
    def _rate(self, rows: Values) -> Scores:
        """How strange the fitted estimator finds each row, shape (row,); higher is stranger."""

    def _defaults(self, known: Any) -> dict[str, Any]:
        """Arguments that are not the user's to choose."""
        return {}


def _value(value: Any) -> Any:
    """An option as JSON, where it came as text from a shell or a SQL string."""
    try:
        return json.loads(value) if isinstance(value, str) else value
    except ValueError:
        return value
