"""The pictures and the table of docs/judging.md: five toy detectors under every metric.

python docs/make_judging_plots.py

It writes docs/judging-*.png and the table between the marks in docs/judging.md. Needs matplotlib; a test checks that the table is current.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import numpy as np

from redshank import metrics

DOCS = Path(__file__).parent
ROWS, WINDOW, THRESHOLD = 4_000, 60, 0.5
EVENTS = [(600, 680), (1300, 1340), (1900, 1905), (2500, 2620), (3400, 3460)]
OF_SCORES = [
    "vus_pr",
    "auc_pr",
    "auc_roc",
    "vus_roc",
    "best_f1",
    "best_range_f1",
    "best_event_f1",
    "best_composite_f1",
    "pa_k_area",
    "best_affiliation_f1",
    "best_pa_f1",
]
OF_FLAGS = ["precision", "recall", "event_recall", "detection_delay", "false_alarms_per_day", "nab_standard"]
MARK = re.compile(r"(<!-- table: python docs/make_judging_plots.py -->\n)(.*?)(<!-- end -->)", re.S)
INK, SHADE, BLUE, RED = "#1f2933", "#f3c9c0", "#1f5f8b", "#c0392b"


def labels() -> np.ndarray:
    truth = np.zeros(ROWS, dtype=bool)
    for start, end in EVENTS:
        truth[start:end] = True
    return truth


def toys() -> dict[str, np.ndarray]:
    """Scores of the five detectors; each is noise below 0.4 but where it raises its voice above 0.6."""
    rng = np.random.default_rng(0)

    def voice(raised: np.ndarray) -> np.ndarray:
        return np.where(raised, 0.6 + 0.4 * rng.random(ROWS), 0.4 * rng.random(ROWS))

    lucky, late, early = np.zeros((3, ROWS), dtype=bool)
    for start, end in EVENTS:
        length = end - start
        lucky[start + int(rng.integers(length))] = True
        late[start + (length + 1) // 2 : end + length // 2] = True
        early[start - length // 2 : end - (length + 1) // 2] = True
    return {
        "exact": voice(labels()),
        "late by half": voice(late),
        "early by half": voice(early),
        "one lucky hit": voice(lucky),
        "random": rng.random(ROWS),
    }


def reports() -> dict[str, metrics.Report]:
    truth = labels()
    return {
        name: metrics.judge(truth, scores, scores > THRESHOLD, step_s=60, window=WINDOW, repeats=10)
        for name, scores in toys().items()
    }


def table(judged: dict[str, metrics.Report]) -> str:
    """Markdown, one row a metric."""
    lines = [f"| figure | {' | '.join(judged)} | marks |", "|---|" + "---:|" * len(judged) + "---|"]
    for name in OF_SCORES + OF_FLAGS:
        metric = metrics.METRICS[name]
        digits = 2 if metric.high == 1 else 1
        values = " | ".join("–" if np.isnan(r[name].value) else f"{r[name].value:.{digits}f}" for r in judged.values())
        unit = f", {metric.unit}" if metric.unit else ""
        lines.append(f"| {metric.title}{unit} | {values} | {metric.marks} |")
    return "\n".join(lines) + "\n"


def draw_toys(path: Path) -> None:
    import matplotlib.pyplot as plt

    scores = toys()
    figure, axes = plt.subplots(len(scores), 1, figsize=(9, 5.2), sharex=True, layout="constrained")
    for axis, (name, score) in zip(axes, scores.items()):
        for start, end in EVENTS:
            axis.axvspan(start, end, color=SHADE, lw=0)
        axis.plot(score, color=BLUE, lw=0.4)
        axis.axhline(THRESHOLD, color=INK, lw=0.8, ls=":", zorder=3)
        axis.set_ylabel(name, rotation=0, ha="right", va="center")
        axis.set(ylim=(-0.05, 1.05), yticks=[], xlim=(0, ROWS))
        axis.spines[["top", "right", "left"]].set_visible(False)
    axes[-1].set_xlabel("row (shaded: labelled events; dotted: threshold)")
    figure.savefig(path, dpi=90)
    plt.close(figure)


def draw_scores(path: Path, judged: dict[str, metrics.Report]) -> None:
    import matplotlib.pyplot as plt

    names = OF_SCORES
    values = np.array([[report[name].value for report in judged.values()] for name in names])
    figure, axis = plt.subplots(figsize=(8, 5.2), layout="constrained")
    axis.imshow(values, cmap="Blues", vmin=0, vmax=1.25, aspect="auto")
    for row in range(len(names)):
        for column in range(len(judged)):
            color = "white" if values[row, column] > 0.8 else INK
            axis.text(column, row, f"{values[row, column]:.2f}", ha="center", va="center", color=color)
    titles = [f"{metrics.METRICS[n].title}{' *' if metrics.METRICS[n].inflated else ''}" for n in names]
    axis.set_yticks(range(len(names)), titles)
    axis.set_xticks(range(len(judged)), list(judged))
    axis.xaxis.tick_top()
    axis.tick_params(length=0)
    axis.spines[:].set_visible(False)
    axis.set_xlabel("* inflated: read the last column first")
    figure.savefig(path, dpi=110)
    plt.close(figure)


def chance_by_length() -> tuple[list[int], dict[str, list[float]]]:
    """Figures of a random score where 5 % of 20,000 rows are anomalous, in events of ever more rows."""
    lengths = [1, 2, 5, 10, 20, 50, 100, 200, 500]
    names = ["best_pa_f1", "best_affiliation_f1", "pa_k_area", "best_event_f1", "vus_pr", "best_f1"]
    found: dict[str, list[float]] = {name: [] for name in names}
    for length in lengths:
        truth = np.zeros(20_000, dtype=bool)
        for start in np.linspace(50, 20_000 - length - 50, 1000 // length).astype(int):
            truth[start : start + length] = True
        report = metrics.judge(truth, np.zeros(20_000), window=20, only=names, repeats=5)
        for name in names:
            found[name].append(report[name].baseline)
    return lengths, found


def draw_chance(path: Path) -> None:
    import matplotlib.pyplot as plt

    lengths, found = chance_by_length()
    figure, axis = plt.subplots(figsize=(8, 4.2), layout="constrained")
    ends = sorted(found, key=lambda name: found[name][-1])
    heights = np.array([found[name][-1] for name in ends])
    for i in range(1, len(heights)):
        heights[i] = max(heights[i], heights[i - 1] + 0.055)  # labels must not lie on each other
    for name, height in zip(ends, heights):
        metric = metrics.METRICS[name]
        color = RED if metric.inflated else BLUE
        axis.plot(lengths, found[name], marker="o", ms=3, color=color, lw=1.4)
        axis.plot([lengths[-1], lengths[-1] * 1.35], [found[name][-1], height], color=color, lw=0.5)
        axis.text(lengths[-1] * 1.42, height, metric.title, va="center", color=INK)
    axis.set(
        xscale="log", ylim=(0, 1.02), xlim=(0.9, 4500), xlabel="rows of an event", ylabel="figure of a random score"
    )
    axis.set_xticks(lengths, [str(length) for length in lengths])
    axis.minorticks_off()
    axis.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=110)
    plt.close(figure)


def main() -> None:
    judged = reports()
    page = DOCS / "judging.md"
    page.write_text(MARK.sub(lambda found: found[1] + table(judged) + found[3], page.read_text()))
    draw_toys(DOCS / "judging-toys.png")
    draw_scores(DOCS / "judging-scores.png", judged)
    draw_chance(DOCS / "judging-chance.png")
    print("wrote judging.md and judging-toys.png, judging-scores.png, judging-chance.png", file=sys.stderr)


if __name__ == "__main__":
    main()
