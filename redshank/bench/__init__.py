"""The benchmark: detectors over data sets under an explicit protocol, in parallel, resumable, beside random scores.

protocol.py   what is fitted on what, and what is judged
case.py       one detector on one series: run it, judge it
worker.py     a process that runs cases, one after another, within time and memory
backends.py   many workers: on this machine, or on a Ray cluster
run.py        the whole: which cases are missing, progress, results on disk
board.py      from results to a leaderboard: means, ranks, critical difference
page.py       the offline HTML page
"""
