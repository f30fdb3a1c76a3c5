"""`redshank sequences`: the three phases over labelled sequence data sets."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .options import Home, Json, Name, assignments
from .output import number, say, say_json, table
from .progress_bar import shown

if TYPE_CHECKING:
    from ..sequences import SequenceModel

app = typer.Typer(
    help="Reconstruct normal sequences, learn how the errors are distributed, and set a limit, in two views.",
    rich_markup_mode=None,
    no_args_is_help=True,
)
_SEQUENCES = "Sequences: 'sequences:train.csv?inner=;&outer=,', with label=last where the last column is the label."


@app.command()
def generate(
    folder: Annotated[str, typer.Argument(metavar="FOLDER", help="Where the six files go.")],
    seed: Annotated[int, typer.Option(metavar="NUMBER", help="Of the random numbers.")] = 0,
    train: Annotated[int, typer.Option(metavar="COUNT", help="Normal sequences to learn from.")] = 64_000,
    held_out: Annotated[int, typer.Option(metavar="COUNT", help="Sequences in each of the other parts.")] = 6_400,
) -> None:
    """Write the six files of the sinusoid data set.

    Example:

    \b
      redshank sequences generate waves --seed 22
    """
    from ..datasets.sinusoids import Sinusoids

    made = Sinusoids(root="", seed=seed, train=train, held_out=held_out)
    with shown("writing"):
        made.write(folder)
    say("\n".join(f"{folder}/{path.name}" for path in sorted(Path(folder).glob("*_seq.csv"))))


@app.command()
def fit(
    algorithm: Annotated[str, typer.Argument(metavar="ALGORITHM", help="pca, dense-autoencoder or lstm-autoencoder.")],
    train: Annotated[str, typer.Argument(metavar="TRAIN", help="Normal sequences. " + _SEQUENCES)],
    held_out: Annotated[str, typer.Argument(metavar="HELD_OUT", help="Other normal ones, for the error statistics.")],
    name: Annotated[str, typer.Option("--name", metavar="NAME", help="Keep the model under this name.")],
    labelled: Annotated[
        str | None, typer.Option(metavar="SOURCE", help="Labelled sequences to tune the limits on.")
    ] = None,
    unlabelled: Annotated[
        str | None,
        typer.Option(metavar="SOURCE", help="Unlabelled ones to set the limits on instead of the held-out ones."),
    ] = None,
    threshold: Annotated[
        str | None, typer.Option(metavar="NAME", help="f-beta with --labelled, else quantile, where unsaid.")
    ] = None,
    parameters: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="NAME=VALUE",
            help="k_time=2, k_feature=parallel, training.epochs=5, threshold.beta=0.05, threshold.time.low=1.",
        ),
    ] = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Learn to reconstruct, learn the errors, set the limits, and keep the model.

    Example:

    \b
      redshank sequences fit pca 'sequences:waves/train_norm_seq.csv' 'sequences:waves/val_norm_1_seq.csv' \\
          --labelled 'sequences:waves/labeled_val_mixed_seq.csv?label=last' --name waves --set threshold.beta=0.05
    """
    from .. import sequences, store

    with shown("learning"):
        model = sequences.fit(
            algorithm,
            _read(train),
            _read(held_out),
            labelled=_read(labelled) if labelled else None,
            unlabelled=_read(unlabelled) if unlabelled else None,
            threshold=threshold,
            params=assignments(parameters or []),
        )
        version = store.save(model, name, home)
    limits = {view: float(part.value_) for view, part in model.thresholds.items()}
    if as_json:
        say_json({"name": name, "version": version, "limits": limits, **model.card()})
        return
    say(f"Model {name!r}, version {version}: {algorithm}, learned in {number(model.facts['fit_s'])} s.")
    for view, limit in limits.items():
        say(
            f"  {view:8} limit {number(limit)}, held-out rmse {number(model.facts['rmse'][view])}, mae {number(model.facts['mae'][view])}"
        )


@app.command()
def detect(
    name: Name,
    source: Annotated[str, typer.Argument(metavar="SOURCE", help=_SEQUENCES)],
    out: Annotated[
        str | None, typer.Option(metavar="FILE", help="Write everything about each sequence: JSON, one a line.")
    ] = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Flag sequences, with errors and distances per timestep and per feature.

    Example:

    \b
      redshank sequences detect waves 'sequences:waves/unlabeled_test_mixed_seq.csv' --out flags.jsonl
    """
    from ..writing import replacing

    model = _model(name, home)
    with shown("scoring"):
        found = model.detect(_read(source))
        if out:
            with replacing(out) as draft, open(draft, "w") as file:
                file.writelines(json.dumps(row) + "\n" for row in found.to_json())
    counts = {
        "sequences": len(found.flagged),
        **{f"flagged_{view}": int(flags.sum()) for view, flags in found.flags.items()},
    }
    counts["flagged"] = int(found.flagged.sum())
    if as_json:
        say_json(counts | {"limits": found.limits, "flags": found.flagged.tolist()})
        return
    say(f"{counts['flagged']:,} of {counts['sequences']:,} sequences flagged.")
    say(f"  {counts['flagged_time']:,} by time, {counts['flagged_feature']:,} by feature.")


@app.command()
def evaluate(
    name: Name,
    source: Annotated[str, typer.Argument(metavar="SOURCE", help="Labelled. " + _SEQUENCES)],
    beta: Annotated[float, typer.Option(metavar="NUMBER", help="Of F-beta.")] = 1.0,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Judge both views and both together, beside flags raised at random as often.

    Example:

    \b
      redshank sequences evaluate waves 'sequences:waves/labeled_test_mixed_seq.csv?label=last'
    """
    from .. import sequences

    model = _model(name, home)
    with shown("judging"):
        figures = sequences.evaluate(model, _read(source), beta=beta)
    if as_json:
        say_json(figures)
        return
    columns = ("tp", "fn", "fp", "tn", "accuracy", "precision", "recall", "f_beta")
    rows = [(view, *(number(row[column]) for column in columns)) for view, row in figures.items()]
    table(("view", *columns), rows, right=columns)


def _read(source: str) -> Any:
    from .. import engine
    from ..errors import InputError

    found = engine.read(source)
    if not isinstance(found, list):
        raise InputError(f"{source} is one series, not a set of sequences. Read it as 'sequences:FILE'.")
    return found


def _model(name: str, home: str | None) -> SequenceModel:
    from .. import engine
    from ..errors import InputError
    from ..sequences import SequenceModel

    model = engine.load(name, home=home)
    if not isinstance(model, SequenceModel):
        raise InputError(f"{name!r} is a model of series. Use `redshank detect` or `redshank evaluate`.")
    return model
