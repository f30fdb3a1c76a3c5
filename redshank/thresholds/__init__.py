"""Thresholds: one file, one algorithm. Never import one from another."""
