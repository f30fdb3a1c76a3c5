"""The state of a training on disk: one safetensors file whose header carries the position as JSON. Written by one rename."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from ..errors import InputError, StoreError

FILE = "training.safetensors"


def save(folder: str, tensors: dict[str, Tensor], position: dict[str, Any], fingerprint: str) -> None:
    """Replace the checkpoint in `folder`. A kill at any moment leaves the old one or the new one."""
    header = {"position": json.dumps(position), "fingerprint": fingerprint}
    target = Path(folder) / FILE
    draft = target.with_suffix(f".{os.getpid()}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        save_file({name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}, draft, header)
        os.replace(draft, target)
    except (OSError, SafetensorError) as error:
        draft.unlink(missing_ok=True)
        raise StoreError(
            f"The checkpoint was not written to {folder}: {error}. Choose another training.checkpoint, or none."
        ) from error


def load(folder: str, fingerprint: str) -> tuple[dict[str, Tensor], dict[str, Any]] | None:
    """Tensors and position of the checkpoint in `folder`; None where there is none.

    Raises InputError if it belongs to another training, StoreError if it is damaged.
    """
    path = Path(folder) / FILE
    if not path.exists():
        return None
    try:
        with safe_open(path, framework="pt") as file:
            header = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118, a file is no mapping
        position = json.loads(header["position"])
    except (SafetensorError, OSError, KeyError, ValueError) as error:
        raise StoreError(
            f"The checkpoint {path} is damaged ({error}). Delete it, or train with training.resume=false."
        ) from error
    if header.get("fingerprint") != fingerprint:
        raise InputError(
            f"The checkpoint in {folder} belongs to another training: data, settings or network differ. "
            "Choose another training.checkpoint, or training.resume=false to begin anew."
        )
    return tensors, position


def fingerprint(facts: Sequence[Any], arrays: Sequence[Tensor | NDArray[Any]]) -> str:
    """SHA-256 of JSON values and arrays."""
    digest = hashlib.sha256(json.dumps(facts, sort_keys=True).encode())
    for array in arrays:
        plain = array.cpu().numpy() if isinstance(array, torch.Tensor) else array
        digest.update(np.ascontiguousarray(plain).tobytes())
    return digest.hexdigest()
