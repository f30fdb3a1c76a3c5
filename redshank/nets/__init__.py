"""Networks and the one loop that trains them. The only room that imports torch; a detector is a thin shell around a net."""
