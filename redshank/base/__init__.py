"""What an algorithm can be, and the rules all of them share.

* Algorithm      parameters are dataclass fields; learned state is what `_fit` leaves in names ending `_`
  + Detector     how strange each channel is at each time
  + Forecaster   what comes next
  + Scorer       one score from the channels' scores
  + Threshold    the limit a score is held against
  + Scaler       brings the channels to one scale

Time flows one way. Everything that runs over a series has `begin()`, which gives an empty memory, and
`advance(memory, rows)`, which takes the next rows and changes the memory. A batch is one long advance, a stream is many
short ones, and both give the same numbers. An author writes `_fit` and `_score` and says in `context` how many earlier
rows a score reads; the rest follows.
"""

from __future__ import annotations

from .algorithm import Algorithm, Memory, Scores, frozen, thawed
from .detector import Detector
from .forecaster import Forecast, Forecaster
from .missing import complete, typical
from .scaler import Scaler
from .scorer import Scorer
from .threshold import Threshold

__all__ = [
    "Algorithm",
    "Detector",
    "Forecast",
    "Forecaster",
    "Memory",
    "Scaler",
    "Scorer",
    "Scores",
    "Threshold",
    "complete",
    "frozen",
    "thawed",
    "typical",
]
