"""Slow and obvious twins of `redshank.metrics`: written from the papers, one row and one threshold at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise, permutations
from math import exp, floor, log2, sqrt

import numpy as np


def runs(flags: Sequence[int]) -> list[tuple[int, int]]:
    """First and last row of each run of ones."""
    found, start = [], None
    for row, flag in enumerate([*flags, 0]):
        if flag and start is None:
            start = row
        if not flag and start is not None:
            found.append((start, row - 1))
            start = None
    return found


def flaggings(scores: Sequence[float]) -> Iterator[tuple[float, list[int]]]:
    """Each threshold that changes anything, from the highest down, and the flags it raises."""
    for threshold in sorted(set(scores), reverse=True):
        yield threshold, [int(score >= threshold) for score in scores]


def best(
    labels: Sequence[int], scores: Sequence[float], figure: Callable[[Sequence[int], Sequence[int]], float]
) -> float:
    return max(figure(labels, flags) for _, flags in flaggings(scores))


def harmonic(precision: float, recall: float) -> float:
    return 0.0 if precision + recall == 0 else 2 * precision * recall / (precision + recall)


# --- Points ------------------------------------------------------------------------------------------------------------


def counts(labels: Sequence[int], flags: Sequence[int]) -> tuple[int, int, int]:
    pairs = list(zip(labels, flags))
    return pairs.count((1, 1)), pairs.count((0, 1)), pairs.count((1, 0))


def f1(labels: Sequence[int], flags: Sequence[int]) -> float:
    tp, fp, fn = counts(labels, flags)
    return harmonic(tp / (tp + fp) if tp + fp else 0.0, tp / (tp + fn))


def auc_pr(labels: Sequence[int], scores: Sequence[float]) -> float:
    area, before = 0.0, 0.0
    for _, flags in flaggings(scores):
        tp, fp, fn = counts(labels, flags)
        recall = tp / (tp + fn)
        area += (recall - before) * tp / (tp + fp)
        before = recall
    return area


def auc_roc(labels: Sequence[int], scores: Sequence[float]) -> float:
    wins = [
        1.0 if a > b else 0.5 if a == b else 0.0
        for a, la in zip(scores, labels)
        for b, lb in zip(scores, labels)
        if la and not lb
    ]
    return sum(wins) / len(wins)


# --- Volume under the surface --------------------------------------------------------------------------------------------


def range_areas(
    labels: Sequence[int], scores: Sequence[float], width: int, thresholds: int = 250
) -> tuple[float, float]:
    """PR and ROC area with soft edges of one width."""
    n, half = len(labels), width // 2
    events = runs(labels)
    weight = [float(label) for label in labels]
    for row in range(n):
        if not labels[row]:
            distances = [min(abs(row - first), abs(row - last)) for first, last in events]
            weight[row] = min(1.0, sum(sqrt(1 - d / width) for d in distances if d <= half))
    merged = [list(events[0])]
    for first, last in events[1:]:
        if merged[-1][1] + half < first - half:
            merged.append([first, last])
        else:
            merged[-1][1] = last
    falling = sorted(scores, reverse=True)
    precision, recall, false = [], [0.0], [0.0]
    for at in np.linspace(0, n - 1, thresholds).astype(int):
        flags = [score >= falling[at] for score in scores]
        found = sum(any(flags[max(first - half, 0) : last + half + 1]) for first, last in merged)
        tp = sum(w for w, flag in zip(weight, flags) if flag)
        soft = sum(w for w, flag, label in zip(weight, flags, labels) if flag and not label)
        positives = sum(labels) + soft / 2
        precision.append(tp / sum(flags))
        recall.append(min(tp / positives, 1) * found / len(merged))
        false.append((sum(flags) - tp) / (n - positives) if n > positives else float("nan"))
    pr = sum((recall[k + 1] - recall[k]) * precision[k] for k in range(thresholds))
    recall.append(1.0)
    false.append(1.0)
    roc = sum((false[k + 1] - false[k]) * (recall[k + 1] + recall[k]) / 2 for k in range(thresholds + 1))
    return pr, roc


def volumes(labels: Sequence[int], scores: Sequence[float], window: int, thresholds: int = 250) -> tuple[float, float]:
    areas = [range_areas(labels, scores, width, thresholds) for width in range(window + 1)]
    return sum(pr for pr, _ in areas) / len(areas), sum(roc for _, roc in areas) / len(areas)


# --- Ranges --------------------------------------------------------------------------------------------------------------


def bias(kind: str, position: int, length: int) -> float:
    match kind:
        case "flat":
            return 1
        case "front":
            return length - position + 1
        case "back":
            return position
        case _:
            return position if position <= length / 2 else length - position + 1


def range_reward(
    of: Sequence[int], by: Sequence[int], alpha: float, kind: str = "flat", reciprocal: bool = True
) -> float:
    rewards = []
    for first, last in runs(of):
        length = last - first + 1
        worth = [bias(kind, row - first + 1, length) for row in range(first, last + 1)]
        got = [w for w, row in zip(worth, range(first, last + 1)) if by[row]]
        overlaps = sum(start <= last and end >= first for start, end in runs(by))
        factor = 1 / overlaps if overlaps > 1 and reciprocal else 1
        rewards.append(alpha * (overlaps > 0) + (1 - alpha) * factor * sum(got) / sum(worth))
    return sum(rewards) / len(rewards) if rewards else float("nan")


def range_f1(labels: Sequence[int], flags: Sequence[int], alpha: float = 0.2) -> float:
    return harmonic(range_reward(flags, labels, 0.0), range_reward(labels, flags, alpha))


# --- Events --------------------------------------------------------------------------------------------------------------


def events_found(labels: Sequence[int], flags: Sequence[int]) -> int:
    return sum(any(flags[first : last + 1]) for first, last in runs(labels))


def false_alarms(labels: Sequence[int], flags: Sequence[int]) -> int:
    return sum(not any(labels[first : last + 1]) for first, last in runs(flags))


def event_f1(labels: Sequence[int], flags: Sequence[int]) -> float:
    tp = events_found(labels, flags)
    fn, fp = len(runs(labels)) - tp, false_alarms(labels, flags)
    return 2 * tp / (2 * tp + fn + fp)


def event_f1_not_endless(labels: Sequence[int], flags: Sequence[int]) -> float:
    return 0.0 if sum(flags) > max(len(flags) / 2, sum(labels)) else event_f1(labels, flags)


def composite_f1(labels: Sequence[int], flags: Sequence[int]) -> float:
    tp, fp, _ = counts(labels, flags)
    return harmonic(tp / (tp + fp) if tp + fp else 0.0, events_found(labels, flags) / len(runs(labels)))


# --- Affiliation ---------------------------------------------------------------------------------------------------------


def affiliation(labels: Sequence[int], flags: Sequence[int], fine: int = 8) -> tuple[float, float]:
    """Precision and recall. All integrands are straight between multiples of a quarter row, so the midpoint rule is exact."""
    n = len(labels)
    events = [(first, last + 1) for first, last in runs(labels)]
    flagged = [(first, last + 1) for first, last in runs(flags)]
    borders = [0.0, *((a[1] + b[0]) / 2 for a, b in pairwise(events)), float(n)]
    precisions, recalls = [], []
    for (start, end), low, high in zip(events, borders, borders[1:]):
        inside = [(max(a, low), min(b, high)) for a, b in flagged if max(a, low) < min(b, high)]
        step = 1 / fine
        grid = [low + step * (i + 0.5) for i in range(round((high - low) * fine))]
        chances = []
        for x in grid:
            if any(a < x < b for a, b in inside):
                d = max(start - x, x - end, 0)
                nearer = min(end + d, high) - max(start - d, low)
                chances.append(1.0 if d == 0 else 1 - nearer / (high - low))
        if chances:
            precisions.append(sum(chances) / len(chances))
        reach = []
        for y in grid:
            if start < y < end:
                d = min((max(a - y, y - b, 0) for a, b in inside), default=None)
                reach.append(0.0 if d is None else 1 - (min(y + d, high) - max(y - d, low)) / (high - low))
        recalls.append(sum(reach) / len(reach))
    return (sum(precisions) / len(precisions) if precisions else float("nan")), sum(recalls) / len(recalls)


def affiliation_f1(labels: Sequence[int], flags: Sequence[int]) -> float:
    return harmonic(*affiliation(labels, flags)) if any(flags) else 0.0


# --- Point adjustment ----------------------------------------------------------------------------------------------------


def adjust(labels: Sequence[int], flags: Sequence[int], k: float | None = None) -> list[int]:
    adjusted = list(flags)
    for first, last in runs(labels):
        hits, length = sum(flags[first : last + 1]), last - first + 1
        if (hits > 0) if k is None else (100 * hits > k * length):
            adjusted[first : last + 1] = [1] * length
    return adjusted


def adjusted_f1(labels: Sequence[int], flags: Sequence[int]) -> float:
    return f1(labels, adjust(labels, flags))


def pa_k_f1(labels: Sequence[int], scores: Sequence[float], k: float) -> float:
    return best(labels, scores, lambda truth, flags: f1(truth, adjust(truth, flags, k)))


# --- NAB -----------------------------------------------------------------------------------------------------------------


def nab_raw(
    labels: Sequence[int], flags: Sequence[int], hit: float, false: float, miss: float, probation: int = 0
) -> float:
    def sigma(y: float) -> float:
        return -1.0 if y >= 3 else 2 / (1 + exp(5 * y)) - 1

    windows = runs(labels)
    raw = 0.0
    for first, last in windows:
        rows = range(max(first, probation), last + 1)
        if len(rows) == 0:
            continue
        earned = [sigma(-(last - row + 1) / (last - first + 1)) / sigma(-1) for row in rows if flags[row]]
        raw += hit * max(earned) if earned else -miss
    for row in range(probation, len(labels)):
        if flags[row] and not labels[row]:
            before = [(first, last) for first, last in windows if last < row]
            if before and before[-1][1] > before[-1][0]:
                first, last = before[-1]
                raw += false * sigma((row - last) / (last - first))
            else:
                raw -= false
    return raw


def nab_best(labels: Sequence[int], scores: Sequence[float], hit: float, false: float, miss: float) -> float:
    raws = [nab_raw(labels, flags, hit, false, miss) for _, flags in flaggings(scores)]
    windows = len(runs(labels))
    return max(0.0, 100 * (max(raws) + miss * windows) / ((hit + miss) * windows))


# --- Delay ---------------------------------------------------------------------------------------------------------------


def delays(labels: Sequence[int], flags: Sequence[int]) -> list[int | None]:
    return [next((row - first for row in range(first, last + 1) if flags[row]), None) for first, last in runs(labels)]


# --- Attribution ---------------------------------------------------------------------------------------------------------


def _orders(blame: Sequence[float]) -> list[tuple[int, ...]]:
    """Every order of the channels in which blame does not rise."""
    return [o for o in permutations(range(len(blame))) if all(blame[a] >= blame[b] for a, b in pairwise(o))]


def hit_rate(blame: Sequence[float], causes: Sequence[int], at: float) -> float:
    depth = floor(sum(causes) * at / 100)
    return float(np.mean([sum(causes[c] for c in order[:depth]) / sum(causes) for order in _orders(blame)]))


def ndcg(blame: Sequence[float], causes: Sequence[int], at: float) -> float:
    depth = floor(sum(causes) * at / 100)
    ideal = sum(1 / log2(place + 2) for place in range(min(sum(causes), depth, len(causes))))
    gains = [sum(causes[c] / log2(place + 2) for place, c in enumerate(order[:depth])) for order in _orders(blame)]
    return float(np.mean(gains)) / ideal if ideal else 0.0


# --- Forecasts -----------------------------------------------------------------------------------------------------------


def pinball(actual: float, guess: float, level: float) -> float:
    return level * (actual - guess) if actual >= guess else (1 - level) * (guess - actual)


def mase(actual: Sequence[float], guess: Sequence[float], history: Sequence[float], period: int) -> float:
    steps = [abs(history[i] - history[i - period]) for i in range(period, len(history))]
    return float(np.mean([abs(a - g) for a, g in zip(actual, guess)]) / np.mean(steps))


def rmsse(actual: Sequence[float], guess: Sequence[float], history: Sequence[float], period: int) -> float:
    steps = [(history[i] - history[i - period]) ** 2 for i in range(period, len(history))]
    return float(np.sqrt(np.mean([(a - g) ** 2 for a, g in zip(actual, guess)]) / np.mean(steps)))
