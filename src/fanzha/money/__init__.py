"""Where the money is, what may be held, who gets what back: pure arithmetic over payments."""
