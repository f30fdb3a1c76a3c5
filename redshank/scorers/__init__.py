"""Scorers: from the channels' scores to one score."""
