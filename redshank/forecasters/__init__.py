"""Forecasters: one file, one algorithm."""
