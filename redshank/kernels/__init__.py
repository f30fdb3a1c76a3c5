"""Numerical kernels: arrays in, arrays out. They know no Series, no model and no parameter object."""
