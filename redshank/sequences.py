"""Sequence data sets: many short series of one length, each normal or anomalous as a whole.

Three phases, after Malhotra et al. (2016, sec. 2): a model learns to **reconstruct** normal sequences; the distribution of its absolute
errors is learned on normal sequences it has not seen; a **threshold** on the Mahalanobis distance of the errors is tuned, with labels or
without. Everything is seen in two views, which may disagree:

* `time`: one row a timestep, columns are channels; distances (sequence, time)
* `feature`: one row a channel, columns are timesteps; distances (sequence, channel)

A sequence is flagged in a view where any of its distances is greater than the view's limit, and flagged where either view flags it.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar, Literal, Protocol

import numpy as np
from annotated_types import Ge, Gt, Lt
from numpy.typing import NDArray

from . import registry
from .base import Algorithm, Detector, Scaler, Threshold
from .errors import InputError, NotFittedError, SeriesError, UnknownNameError
from .kernels.moments import Moments
from .kernels.shrinkage import ShrunkMoments, distances, whitener
from .kernels.subspace import count_axes, principal_axes
from .series import Flags, Series, Values, iso

VIEWS = ("time", "feature")
Batch = NDArray[np.float64]
"""Sequences, shape (sequence, time, channel)."""
Components = Annotated[int, Ge(1)] | Annotated[float, Gt(0), Lt(1)] | Literal["parallel"]


class Reconstruction(Protocol):
    """What phase 1 needs: `dense-autoencoder` and `lstm-autoencoder` have it, and `TwoViewPca` below."""

    def reconstruct(self, x: Batch) -> tuple[Batch, Batch]:
        """The time view's and the feature view's reconstruction of `x`, each of its shape."""
        ...


def rows_of(x: Batch, view: str) -> Values:
    """A batch as the rows of a view: (sequence * time, channel), or (sequence * channel, time)."""
    turned = x if view == "time" else x.transpose(0, 2, 1)
    return turned.reshape(-1, turned.shape[2])


def _batch_of(rows: Values, like: Batch, view: str) -> Batch:
    count, length, channels = like.shape
    return rows.reshape(like.shape) if view == "time" else rows.reshape(count, channels, length).transpose(0, 2, 1)


@dataclass(kw_only=True)
class TwoViewPca(Algorithm):
    """Reconstruction by the leading principal components of each view, in the unit of the data.

    Means and covariances are learned in one pass over the data. A view's number of components must be smaller than its columns, or
    it would reconstruct everything; so the least squared error, which falls with every component, cannot choose it, and a share of
    the variance or Horn's parallel analysis can.

    Parameters
    ----------
    k_time : components of the time view, whose columns are channels: a number, a share of the variance below 1, or `parallel`
    k_feature : the same of the feature view, whose columns are timesteps
    """

    k_time: Components = 1
    k_feature: Components = 1

    def fit(self, x: Batch) -> TwoViewPca:
        """Learn from normal sequences."""
        self._forget()
        for view, k in self._components().items():
            columns = x.shape[2] if view == "time" else x.shape[1]
            if isinstance(k, int) and k >= columns:
                raise SeriesError(
                    f"TwoViewPca.k_{view} must be less than {columns}, the columns of its view, got {k}. All of them reconstruct everything."
                )
            moments = Moments.of(rows_of(x, view))
            variances, axes = principal_axes(moments.covariance())
            kept = min(count_axes(variances, k, moments.count), columns - 1)
            setattr(self, f"mean_{view}_", moments.mean)
            setattr(self, f"axes_{view}_", axes[:, :kept].copy())
        return self

    def reconstruct(self, x: Batch) -> tuple[Batch, Batch]:
        """Projections of both views."""
        self._must_be_fitted()
        found = []
        for view in VIEWS:
            mean, axes = getattr(self, f"mean_{view}_"), getattr(self, f"axes_{view}_")
            centred = rows_of(x, view) - mean
            found.append(_batch_of(centred @ axes @ axes.T + mean, x, view))
        return found[0], found[1]

    def _components(self) -> dict[str, Components]:
        return {"time": self.k_time, "feature": self.k_feature}


@dataclass(kw_only=True)
class ErrorStatistics(Algorithm):
    """Mean and covariance of absolute reconstruction errors in one view, and the Mahalanobis distance they give.

    Running: `update` with any number of rows, one included, gives what one pass over all of them gives. Correlations are shrunk by the
    share of Ledoit and Wolf instead of an absolute number added to the diagonal.

    Parameters
    ----------
    view : `time` or `feature`
    one_sided : whether only errors larger than usual count; an unusually small one is strange too where false
    """

    view: Literal["time", "feature"] = "time"
    one_sided: bool = False

    def fit(self, errors: Batch) -> ErrorStatistics:
        """Learn from the errors of normal sequences the model was not trained on."""
        self._forget()
        self._learn(ShrunkMoments.empty(rows_of(errors[:1], self.view).shape[1]).add(rows_of(errors, self.view)))
        return self

    def update(self, errors: Batch) -> ErrorStatistics:
        """Learn from more of them."""
        known = ShrunkMoments(Moments(self.count_, self.mean_, self.scatter_), self.cubes_, self.fourths_)
        self._learn(known.add(rows_of(errors, self.view)))
        return self

    def _learn(self, seen: ShrunkMoments) -> None:
        self.count_, self.mean_, self.scatter_ = seen.moments.count, seen.moments.mean, seen.moments.scatter
        self.cubes_, self.fourths_ = seen.cubes, seen.fourths
        self.covariance_ = seen.covariance()

    def distance(self, errors: Batch) -> Values:
        """Distances (sequence, time) or (sequence, channel)."""
        y = rows_of(errors, self.view) - self.mean_
        if self.one_sided:
            np.maximum(y, 0.0, out=y)
        return distances(y, self.covariance_, whitener(self.covariance_)).reshape(len(errors), -1)


@dataclass(frozen=True, eq=False)
class SequenceDetection:
    """What a sequence model says, by view where there are two.

    Parameters
    ----------
    reconstruction, errors : (sequence, time, channel), by view
    distances : (sequence, time) for `time`, (sequence, channel) for `feature`
    limits : by view
    flags : (sequence,) by view
    """

    reconstruction: dict[str, Batch]
    errors: dict[str, Batch]
    distances: dict[str, Values]
    limits: dict[str, float]
    flags: dict[str, Flags]

    @property
    def flagged(self) -> Flags:
        """Flagged in either view, shape (sequence,)."""
        return np.asarray(self.flags["time"] | self.flags["feature"])

    @property
    def where(self) -> dict[str, Flags]:
        """Which timesteps (sequence, time) and which channels (sequence, channel) are beyond the limit of their view."""
        return {view: self.distances[view] > self.limits[view] for view in VIEWS}

    def to_json(self) -> list[dict[str, Any]]:
        """One mapping a sequence, under the names of the published service; `places` are numbers of timesteps and channels."""
        rows, flagged, where = [], self.flagged, self.where
        for i in range(len(flagged)):
            row: dict[str, Any] = {"flagged": bool(flagged[i])}
            for view, short in (("time", "time"), ("feature", "feat")):
                row |= {
                    f"X_{short}_recon": self.reconstruction[view][i].tolist(),
                    f"X_{short}_abs_recon_err": self.errors[view][i].tolist(),
                    f"mahalanobis_dist_{short}": self.distances[view][i].tolist(),
                    f"{short}_anom_thresh_var": self.limits[view],
                    f"{short}_anom_flags": int(self.flags[view][i]),
                    f"{short}_anom_places": np.flatnonzero(where[view][i]).tolist(),
                }
            rows.append(row)
        return rows


@dataclass(kw_only=True)
class SequenceModel:
    """Reconstruction, error statistics and limits in both views; stored like any model.

    Examples
    --------
    >>> from redshank.datasets.sinusoids import Sinusoids
    >>> files = Sinusoids(root="", train=400, held_out=100).files()
    >>> model = fit("pca", files["train_norm_seq.csv"].values, files["val_norm_1_seq.csv"].values)
    >>> mixed = files["labeled_test_mixed_seq.csv"]
    >>> figures = evaluate(model, mixed.values, mixed.labels)
    >>> figures["time"]["recall"], figures["time"]["precision"] > 0.9
    (1.0, True)
    """

    kind: ClassVar[str] = "sequence-model"

    core: Any
    scaler: Scaler
    statistics: dict[str, ErrorStatistics]
    thresholds: dict[str, Threshold]
    algorithm: str = "pca"
    length: int = 0
    channels: tuple[str, ...] = ()
    facts: dict[str, Any] = field(default_factory=dict)
    name: str = ""
    version: int = 0

    def errors(self, x: Batch) -> tuple[dict[str, Batch], dict[str, Batch]]:
        """Reconstruction and absolute error of `x` by view, on the scale the model learned on."""
        self._refuse(x)
        scaled = self.scaler.apply(x)
        found = dict(zip(VIEWS, self.core.reconstruct(scaled)))
        return found, {view: np.abs(scaled - found[view]) for view in VIEWS}

    def distances(self, x: Batch) -> dict[str, Values]:
        """Mahalanobis distances of the errors, by view."""
        _, errors = self.errors(x)
        return {view: self.statistics[view].distance(errors[view]) for view in VIEWS}

    def detect(self, sequences: Batch | Sequence[Series]) -> SequenceDetection:
        """Everything the model says of some sequences."""
        x, _ = stacked(sequences, self.channels)
        reconstruction, errors = self.errors(x)
        found = {view: self.statistics[view].distance(errors[view]) for view in VIEWS}
        limits = {view: float(self.thresholds[view].value_) for view in VIEWS}
        flags = {view: np.asarray((found[view] > limits[view]).any(axis=1)) for view in VIEWS}
        back = {view: self.scaler.undo(reconstruction[view]) for view in VIEWS}
        return SequenceDetection(back, errors, found, limits, flags)

    def tune(self, x: Batch, labels: Flags) -> SequenceModel:
        """Set supervised limits on labelled sequences: a sequence's score is its largest distance."""
        found = self.distances(x)
        for view in VIEWS:
            self.thresholds[view].fit(found[view].max(axis=1), labels)
        self.facts["tuned_on"] = {"sequences": len(x), "anomalous": int(labels.sum())}
        return self

    def calibrate(self, x: Batch, singly: bool = False) -> SequenceModel:
        """Set unsupervised limits on the largest distances of normal sequences; `singly` on every distance, as published."""
        found = self.distances(x)
        for view in VIEWS:
            self.thresholds[view].fit(found[view].reshape(-1) if singly else found[view].max(axis=1))
        return self

    def _refuse(self, x: Batch) -> None:
        if not self.length:
            raise NotFittedError("The sequence model is not fitted. Call redshank.sequences.fit first.")
        if x.shape[1:] != (self.length, len(self.channels)):
            raise SeriesError(
                f"The model learned sequences of {self.length} timesteps and {len(self.channels)} channels, got {x.shape[1]} and {x.shape[2]}."
            )

    def parts(self) -> dict[str, Algorithm]:
        """The algorithms by role; what the store saves."""
        role = "detector" if isinstance(self.core, Detector) else "reconstruction"
        named = {f"statistics:{view}": self.statistics[view] for view in VIEWS}
        limits = {f"threshold:{view}": self.thresholds[view] for view in VIEWS}
        return {role: self.core, "scaler": self.scaler, **named, **limits}

    def card(self) -> dict[str, Any]:
        """The facts that are not in the parts."""
        return {
            "algorithm": self.algorithm,
            "length": self.length,
            "channels": list(self.channels),
            "facts": self.facts,
        }

    @classmethod
    def from_parts(cls, parts: dict[str, Any], card: dict[str, Any], state: dict[str, Any]) -> SequenceModel:
        """The inverse of `parts` and `card`."""
        return cls(
            core=parts.get("detector") or parts["reconstruction"],
            scaler=parts["scaler"],
            statistics={view: parts[f"statistics:{view}"] for view in VIEWS},
            thresholds={view: parts[f"threshold:{view}"] for view in VIEWS},
            algorithm=card["algorithm"],
            length=card["length"],
            channels=tuple(card["channels"]),
            facts=card["facts"],
        )


def stacked(sequences: Batch | Sequence[Series], channels: tuple[str, ...] = ()) -> tuple[Batch, Flags | None]:
    """Sequences as one array (sequence, time, channel) and their labels (sequence,), where they have some.

    A series is labelled anomalous where any of its rows is. Refuses sequences of different lengths or channels, and missing values.
    """
    if isinstance(sequences, np.ndarray):
        if sequences.ndim != 3:
            raise SeriesError(f"Sequences must have shape (sequence, time, channel), got {sequences.shape}.")
        x, labels = sequences.astype(np.float64, copy=False), None
    else:
        if not len(sequences):
            raise SeriesError("There are no sequences. Give at least one.")
        first = sequences[0]
        for i, one in enumerate(sequences):
            if one.values.shape != first.values.shape or one.channels != first.channels:
                raise SeriesError(
                    f"Sequence {i} has {len(one)} timesteps of {len(one.channels)} channels, sequence 0 has {len(first)} of "
                    f"{len(first.channels)}. Give sequences of one length, with the same channels."
                )
        if channels and first.channels != channels:
            raise SeriesError(
                f"The sequences have channels {', '.join(first.channels)}; learned were {', '.join(channels)}."
            )
        x = np.stack([one.values for one in sequences])
        known = [one.labels for one in sequences if one.labels is not None]
        labels = np.array([truth.any() for truth in known]) if len(known) == len(sequences) else None
    if not np.isfinite(x).all():
        where = int(np.argwhere(~np.isfinite(x))[0, 0])
        raise SeriesError(f"Sequence {where} has a missing value. Fill it, or leave the sequence out.")
    return x, labels


def fit(
    algorithm: str,
    train: Batch | Sequence[Series],
    held_out: Batch | Sequence[Series],
    *,
    labelled: tuple[Batch, Flags] | Sequence[Series] | None = None,
    unlabelled: Batch | Sequence[Series] | None = None,
    params: dict[str, Any] | None = None,
    threshold: str | None = None,
    scaler: str | None = None,
) -> SequenceModel:
    """The three phases.

    Parameters
    ----------
    algorithm : `pca`, or a detector that reconstructs: `dense-autoencoder`, `lstm-autoencoder`
    train : normal sequences to reconstruct
    held_out : other normal sequences, for the error statistics; and for the limits where nothing else is given
    labelled : labelled sequences to tune a supervised threshold on
    unlabelled : unlabelled ones, normal and anomalous, to set an unsupervised threshold on, as the published system does; half of
        them being anomalous spoils any such limit, so leave it out where `held_out` is at hand
    params : `{"k_time": 2, "threshold.beta": 0.05}`; `threshold.time.low` and `threshold.feature.low` where the views differ;
        `statistics.one_sided` where only errors larger than usual count
    threshold : `f-beta` where labels are given, else `quantile` of the held-out distances; `fixed` for limits of your own
    scaler : `standard`, `robust`, `minmax` or `none`; what suits the algorithm where nothing is said
    """
    began = time.perf_counter()
    x, _ = stacked(train)
    normal, _ = stacked(held_out)
    given = registry.nest(params or {})
    limit = registry.nest(given.pop("threshold", {}))
    statistics = given.pop("statistics", {})
    core = _core(algorithm, given)
    shared = {name: value for name, value in limit.items() if name not in VIEWS}
    kind = threshold or ("f-beta" if labelled is not None else "quantile")
    names = train[0].channels if not isinstance(train, np.ndarray) else tuple(f"tag_{i}" for i in range(x.shape[2]))
    model = SequenceModel(
        core=core,
        scaler=Scaler.from_params({"how": scaler or getattr(core, "scaler", "none")}).fit(rows_of(x, "time")),
        statistics={view: ErrorStatistics.from_params(statistics | {"view": view}) for view in VIEWS},
        thresholds={view: registry.build("thresholds", kind, shared | limit.get(view, {})) for view in VIEWS},
        algorithm=algorithm,
        length=x.shape[1],
        channels=names,
    )
    _learn(model, x)
    _, errors = model.errors(normal)
    for view in VIEWS:
        model.statistics[view].fit(errors[view])
    model.facts = {
        "created": iso(np.datetime64(time.time_ns(), "ns")),
        "sequences": len(x),
        "held_out": len(normal),
        "rmse": {view: float(np.sqrt(np.mean(errors[view] ** 2))) for view in VIEWS},
        "mae": {view: float(errors[view].mean()) for view in VIEWS},
    }
    if model.thresholds["time"].supervised:
        model.tune(*_labelled(labelled, names))
    else:
        model.calibrate(normal if unlabelled is None else stacked(unlabelled, names)[0], singly=unlabelled is not None)
    model.facts["fit_s"] = round(time.perf_counter() - began, 3)
    return model


def detect(model: SequenceModel, sequences: Batch | Sequence[Series]) -> SequenceDetection:
    """Reconstructions, errors, distances and flags of some sequences."""
    return model.detect(sequences)


def evaluate(
    model: SequenceModel,
    sequences: Batch | Sequence[Series],
    labels: Flags | None = None,
    beta: float = 1.0,
    seed: int = 0,
) -> dict[str, dict[str, float]]:
    """Counts and figures of each view, of both together, and of flags raised at random as often."""
    x, own = stacked(sequences, model.channels)
    truth = own if labels is None else np.asarray(labels, bool)
    if truth is None:
        raise InputError(
            "The sequences have no labels, so nothing can be judged. Name the label column: ?label=last in the source."
        )
    found = model.detect(x)
    chance = np.random.default_rng(seed).permutation(found.flagged)
    rows = {"time": found.flags["time"], "feature": found.flags["feature"], "either": found.flagged, "random": chance}
    return {name: _figures(truth, flags, beta) for name, flags in rows.items()}


def _figures(truth: Flags, flags: Flags, beta: float) -> dict[str, float]:
    from .metrics.points import f_beta, precision, recall

    tp, fn = int((truth & flags).sum()), int((truth & ~flags).sum())
    fp, tn = int((~truth & flags).sum()), int((~truth & ~flags).sum())
    return {
        "tp": tp,
        "fn": fn,
        "fp": fp,
        "tn": tn,
        "accuracy": (tp + tn) / len(truth),
        "precision": precision(truth, flags),
        "recall": recall(truth, flags),
        "f_beta": f_beta(truth, flags, beta),
    }


def _core(algorithm: str, given: dict[str, Any]) -> Any:
    if algorithm == "pca":
        return TwoViewPca.from_params(given)
    core = registry.build("detectors", algorithm, given)
    if not hasattr(core, "reconstruct"):
        raise UnknownNameError(
            f"{algorithm!r} does not reconstruct sequences. Those that do: pca, dense-autoencoder, lstm-autoencoder."
        )
    return core


def _learn(model: SequenceModel, x: Batch) -> None:
    scaled = model.scaler.apply(x)
    if isinstance(model.core, TwoViewPca):
        model.core.fit(scaled)
        return
    model.core.fit([Series.from_numpy(one, channels=model.channels) for one in scaled])


def _labelled(labelled: Any, channels: tuple[str, ...]) -> tuple[Batch, Flags]:
    if labelled is None:
        raise InputError(
            "This threshold learns from labels. Give labelled sequences: labelled=..., or --labelled SOURCE."
        )
    if isinstance(labelled, tuple):
        x, _ = stacked(labelled[0], channels)
        return x, np.asarray(labelled[1], bool)
    x, truth = stacked(labelled, channels)
    if truth is None:
        raise InputError("The labelled sequences have no labels. Name the label column: ?label=last in the source.")
    return x, truth
