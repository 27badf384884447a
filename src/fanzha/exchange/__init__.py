"""One module per foreign format, both directions where both exist."""
