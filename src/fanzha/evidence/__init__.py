"""Canonical bytes and hashes: how a record proves that it is what was written."""
