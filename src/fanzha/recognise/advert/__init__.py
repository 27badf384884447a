"""Adverts: does this offer of work, travel or money lure people into a scam den or a mule account?

Only the offer is judged. Nationality, age, sex and home town are taken out before anything is read,
and a list of persons is refused: people are not scored.
"""

from fanzha.recognise.advert.finding import Feature, Lure, Pay, Stop
from fanzha.recognise.advert.reading import check_advert

__all__ = ["Feature", "Lure", "Pay", "Stop", "check_advert"]
