"""What is fitted on what, and what is judged. A result without its protocol says nothing."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import Literal

from ..errors import UnknownNameError


@dataclass(frozen=True, kw_only=True)
class Protocol:
    """The rules one run is judged under.

    Parameters
    ----------
    name : what the rules are called
    judged : `test`, the part after the training part, scored with the training part's end as its past; or `whole`, training
        part included, as TSB-AD does
    calibrate : share of the training part held out, at its end, for scorer and threshold
    window : `own`, each detector's default; or `tsb-ad`, the benchmark's period rule for every detector that has a window
    vus : the buffer of VUS: the period of the training part by the TSB-AD rule
    normalise : statistics for scaling come from here; there is no other choice
    threshold : what the flags are raised with; the labels that judge it are never shown to it
    smooth : whether scores are averaged over the period, trailing: `none`, or `period`
    seed : of everything random

    Examples
    --------
    >>> TRAIN_TEST.hash == Protocol(name="train-test").hash != TSB_AD.hash
    True
    """

    name: str
    judged: Literal["test", "whole"] = "test"
    calibrate: float = 0.2
    window: Literal["own", "tsb-ad"] = "own"
    vus: Literal["tsb-ad"] = "tsb-ad"
    normalise: Literal["train"] = "train"
    threshold: str = "pot"
    smooth: Literal["none", "period"] = "none"
    seed: int = 0

    @property
    def hash(self) -> str:
        """Twelve hexadecimal digits that stand in every result."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()[:12]


TRAIN_TEST = Protocol(name="train-test")
TSB_AD = Protocol(name="tsb-ad", judged="whole", window="tsb-ad")
SMOOTHED = Protocol(name="train-test-smoothed", smooth="period")
PROTOCOLS = {protocol.name: protocol for protocol in (TRAIN_TEST, TSB_AD, SMOOTHED)}


def protocol(name: str) -> Protocol:
    """The protocol of this name."""
    if name not in PROTOCOLS:
        raise UnknownNameError.among("protocol", name, PROTOCOLS)
    return PROTOCOLS[name]
