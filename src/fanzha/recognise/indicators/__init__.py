"""What a text names by which a scam can be found again: numbers, addresses, accounts, apps, sums.

Each module finds one kind by its form, its checksum or the words beside it; `finding` runs them and
settles overlaps. Cue words, brands, currencies and short-link services are YAML beside the code.
"""

from fanzha.recognise.indicators.finding import find_indicators

__all__ = ["find_indicators"]
