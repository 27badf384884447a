"""Fanzha (反诈): an open anti-scam centre in one Python package."""

__version__ = "0.1.0"
