"""`python -m fanzha.cli`."""

from fanzha.cli import run

run()
