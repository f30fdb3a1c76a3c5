"""Ensemble: what unlike detectors find rare together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Self

import numpy as np
from annotated_types import MinLen

from .. import registry
from ..base import Detector, Memory, Scaler, Scorer, Scores
from ..errors import NotFittedError, ParamError, SeriesError
from ..kernels.rarity import Known
from ..series import Series, Values

HELD_OUT = 0.2
"""Share of the training part, its end, on which members do not learn and their scores are ranked."""


class Member:
    """A detector with the scaler and the scorer that suit it, and the distribution of its held-out scores."""

    def __init__(self, name: str) -> None:
        self.core: Detector = registry.build("detectors", name)
        self.scaler = Scaler(how=self.core.scaler)
        self.scorer: Scorer = registry.build("scorers", self.core.scorer)
        self.known: Known

    def fit(self, x: Values) -> None:
        """Train on the first rows of `x` (time, channel), rank on the rest."""
        cut = len(x) - max(1, round(HELD_OUT * len(x)))
        self.scaler.fit(x[:cut])
        self.core.fit(Series.from_numpy(self.scaler.apply(x[:cut])))
        channel_scores = self.core.score(Series.from_numpy(self.scaler.apply(x)))[cut:]
        scores = self.scorer.fit(channel_scores).score(channel_scores)
        if np.isnan(scores).all():
            raise SeriesError(
                f"{type(self.core).__name__} has no score for any of the {len(scores)} held-out points. "
                "Give a longer training part, or leave it out of the members."
            )
        self.known = Known.of(scores)

    def begin(self) -> dict[str, Memory]:
        return {"core": self.core.begin(), "scorer": self.scorer.begin()}

    def advance(self, memory: dict[str, Memory], rows: Values) -> Scores:
        """Rarity of the next rows, shared out to channels as the scorer blames them; shape (time, channel)."""
        channel_scores = self.core.advance(memory["core"], self.scaler.apply(rows))
        rarity = self.known.rarity(self.scorer.advance(memory["scorer"], channel_scores))
        blame = self.scorer.blame(channel_scores)
        total = blame.sum(axis=1, keepdims=True)
        shares = np.divide(blame, total, out=np.full(blame.shape, 1 / blame.shape[1]), where=total > 0)
        return np.asarray(rarity[:, None] * shares)

    @property
    def reach(self) -> tuple[int, int]:
        """Rows its score reads, and rows it has none for."""
        return self.core.context + self.scorer.context, self.core.warm_up + self.scorer.context

    @property
    def state(self) -> dict[str, Any]:
        knots, depths, rate = self.known
        own = {"knots_": knots, "depths_": depths, "rate_": rate}
        parts = {"core": self.core.state, "scaler": self.scaler.state, "scorer": self.scorer.state, "known": own}
        return {f"{part}_{name}": value for part, state in parts.items() for name, value in state.items()}

    def load_state(self, state: dict[str, Any]) -> None:
        for part in ("core", "scaler", "scorer"):
            getattr(self, part).load_state(_under(f"{part}_", state))
        self.known = Known(state["known_knots_"], state["known_depths_"], state["known_rate_"])


def _under(prefix: str, named: dict[str, Any]) -> dict[str, Any]:
    return {name.removeprefix(prefix): value for name, value in named.items() if name.startswith(prefix)}


@dataclass(kw_only=True)
class Ensemble(Detector):
    """Mean over unlike detectors of how rare each one's score is among held-out normal ones, in nats, shared out to channels.

    A nat is a factor e in the share of normal scores that are as high. Members learn from the first 80 % of the training
    part, each with its own default parameters, scaler and scorer; their scores on the rest say how rare a score is (see
    `kernels.rarity`). Rarities are averaged and not scores, so no member's unit counts; scores are unified by their own
    distribution, as in Kriegel et al. (2011), with an exponential tail so that the strangest keep their order. A member's
    blame says which channels its rarity goes to.

    Robust where nobody knows which detector suits: over 53 real series from six sources VUS-PR .46, its members alone .48
    (`stats-knn`), .41 (`window-pca`) and .30 (`ar`), a random score .14. Members should be unlike: what two of them do alike counts twice. An
    anomaly in the held-out rows makes others like it look usual. Cost: the sum of the members'.

    Parameters
    ----------
    members : names of detectors, as `stats-knn,ar,pyod:knn`

    Examples
    --------
    >>> from redshank.testing import sine, sine_with_spike
    >>> series, at = sine_with_spike(channels=3, guilty=2)
    >>> scores = Ensemble(members=("ar", "pca", "robust-z")).fit(sine(channels=3)).score(series)
    >>> int(np.nanargmax(scores.sum(axis=1))) == at, int(scores[at].argmax())
    (True, 2)
    """

    paper: ClassVar[str] = "Kriegel, Kröger, Schubert & Zimek 2011, Interpreting and Unifying Outlier Scores, SDM"
    scorer: ClassVar[str] = "sum"
    scaler: ClassVar[str] = "none"

    members: Annotated[tuple[str, ...], MinLen(1)] = ("stats-knn", "ar", "window-pca")

    def __post_init__(self) -> None:
        super().__post_init__()
        if "ensemble" in self.members:
            raise ParamError("Ensemble.members cannot hold an ensemble. Name its members instead.")

    @property
    def context(self) -> int:
        return max((member.reach[0] for member in self._fitted()), default=0)

    @property
    def warm_up(self) -> int:
        return max((member.reach[1] for member in self._fitted()), default=0)

    @property
    def looks_ahead(self) -> bool:
        return any(member.core.looks_ahead for member in self._fitted())

    @property
    def min_length(self) -> int:
        return 10

    @property
    def state(self) -> dict[str, Any]:
        members = enumerate(self._fitted())
        return super().state | {f"member{i}_{name}": value for i, m in members for name, value in m.state.items()}

    def load_state(self, state: dict[str, Any]) -> Self:
        super().load_state({name: value for name, value in state.items() if not name.startswith("member")})
        self._members = [Member(name) for name in self.members]
        for i, member in enumerate(self._members):
            member.load_state(_under(f"member{i}_", state))
        return self

    def _must_be_fitted(self) -> None:
        if not self._fitted():
            raise NotFittedError("Ensemble is not fitted. Call fit first.")

    def _fitted(self) -> list[Member]:
        return getattr(self, "_members", [])

    def _fit(self, x: Values) -> None:
        members = [Member(name) for name in self.members]
        for member in members:
            member.fit(x)
        self._members = members

    def begin(self) -> Memory:
        memory = super().begin()
        for i, member in enumerate(self._members):
            for part, own in member.begin().items():
                memory |= {f"member{i}.{part}.{name}": value for name, value in own.items()}
        return memory

    def _advance(self, memory: Memory, rows: Values) -> Scores:
        total = np.zeros(rows.shape)
        for i, member in enumerate(self._members):
            own = {part: _under(f"member{i}.{part}.", memory) for part in ("core", "scorer")}
            total += member.advance(own, rows)
            for part, changed in own.items():
                memory |= {f"member{i}.{part}.{name}": value for name, value in changed.items()}
        return total / len(self._members)

    def _score(self, x: Values) -> Scores:
        return self._advance(self.begin(), x)
