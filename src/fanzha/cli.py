"""The command line: pipes over services. No rules of its own."""

from __future__ import annotations

import sys


def main() -> int:
    """Run one command; see `fanzha --help`."""
    return 0


if __name__ == "__main__":
    sys.exit(main())
