"""Sources: where series come from. One file, one kind of place."""
