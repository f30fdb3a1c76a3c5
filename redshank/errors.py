"""
Every error the package raises on purpose, with its HTTP status and its exit code:

* RedshankError            500, exit 1
  + InputError             422, exit 2   the caller's data or parameters are wrong
    - ParamError                         one parameter of one algorithm
    - SeriesError                        the series itself
  + UnknownNameError       404, exit 3   no algorithm, model, source or data set has this name
  + NotFittedError         409, exit 4   a model was used before it was fitted
  + MissingExtraError      501, exit 5   an optional dependency is not installed
  + SourceError            502, exit 6   an outside system failed
  + StoreError             500, exit 7   a model folder is damaged, or too new

A message is one sentence for the fact and one for the way out.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class RedshankError(Exception):
    """Base class; doors map `http_status` and `exit_code` and print the message as it is."""

    http_status = 500
    exit_code = 1


class InputError(RedshankError):
    """The caller's data or parameters are wrong."""

    http_status, exit_code = 422, 2


class ParamError(InputError):
    """One parameter of one algorithm has a value it cannot have."""


class SeriesError(InputError):
    """The series itself cannot be used."""


class UnknownNameError(RedshankError):
    """No algorithm, model, source or data set has this name."""

    http_status, exit_code = 404, 3

    @classmethod
    def among(cls, kind: str, name: str, known: Iterable[str]) -> UnknownNameError:
        """The sentence for a name that is not among `known`: the nearest ones first, else all.

        Examples
        --------
        >>> print(UnknownNameError.among("detector", "window-pcaa", ["ewma", "pca", "window-pca"]))
        No detector is called 'window-pcaa'. Did you mean 'window-pca'?
        """
        known = list(known)
        near = get_close_matches(name, known, n=3, cutoff=0.6)
        if near:
            way_out = f"Did you mean {' or '.join(map(repr, near))}?"
        else:
            way_out = f"Known: {', '.join(known) or 'none'}."
        return cls(f"No {kind} is called {name!r}. {way_out}")


class NotFittedError(RedshankError):
    """A model was used before it was fitted."""

    http_status, exit_code = 409, 4


class MissingExtraError(RedshankError):
    """An optional dependency is not installed."""

    http_status, exit_code = 501, 5


class SourceError(RedshankError):
    """An outside system failed."""

    http_status, exit_code = 502, 6


class StoreError(RedshankError):
    """A model folder is damaged, or was written by a newer redshank."""

    http_status, exit_code = 500, 7
