"""What the surroundings say, read once and frozen. Only the faces (cli, web) look here."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from fanzha.model.catalogue import LANGS, Lang


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Where the casebook lies (`FANZHA_CASEBOOK`), where a centre does (`FANZHA_CENTRE`), and the
    language where nobody chose one (`FANZHA_LANG`: en, zh-Hans or zh-Hant)."""

    casebook: Path = Path("casebook.db")
    centre: Path = Path("centre")
    lang: Lang = "en"


def read_settings() -> Settings:
    """The settings of this process, from its environment.

    >>> read_settings().lang in LANGS
    True
    """
    wanted = os.environ.get("FANZHA_LANG", "en")
    lang: Lang = next((known for known in LANGS if known == wanted), "en")
    return Settings(
        casebook=Path(os.environ.get("FANZHA_CASEBOOK", "casebook.db")),
        centre=Path(os.environ.get("FANZHA_CENTRE", "centre")),
        lang=lang,
    )
