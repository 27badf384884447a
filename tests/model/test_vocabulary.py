"""The vocabularies: every file says what it must, and says nothing that nobody confirmed."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from decimal import Decimal
from importlib.resources import files
from zoneinfo import ZoneInfo

import pytest

from fanzha.errors import VocabularyError
from fanzha.model.catalogue import LANGS
from fanzha.model.money import currency_code
from fanzha.model.vocabulary import entry, label, names, rail_of, vocabulary
from fanzha.model.vocabulary.check import read_entries
from fanzha.model.vocabulary.entries import Rail, Text

HAN = re.compile(r"[\u4e00-\u9fff]")
# Proper codes that a Chinese text may hold; anything else in Latin letters is a missed translation.
PROPER = {"AI", "ETC", "GoIP", "U", "SWIFT", "FFKC"}


@dataclass(frozen=True)
class Sample:
    """One field of every type that a vocabulary uses."""

    code: str
    label: Text
    share: Decimal
    seconds: int | None
    sure: bool
    next: tuple[str, ...]


GOOD = """
    label: {en: a, zh-Hans: 甲, zh-Hant: 甲}
    share: "0.85"
    seconds: null
    sure: true
    next: [b]
"""


def test_a_right_entry_is_read_exactly() -> None:
    (read,) = read_entries("sample", f"one: {GOOD}", Sample).values()
    assert read == Sample("one", Text("a", "甲", "甲"), Decimal("0.85"), None, True, ("b",))


@pytest.mark.parametrize(
    ("old", "new", "error", "key"),
    [
        ("sure: true", "sure: true\n    colour: red", "entry_key_unknown", "colour"),
        ("sure: true", "", "entry_key_missing", "sure"),
        ("sure: true", "sure: 1", "entry_wrong_type", "sure"),
        ("seconds: null", "seconds: true", "entry_wrong_type", "seconds"),
        ("seconds: null", 'seconds: "5"', "entry_wrong_type", "seconds"),
        ('share: "0.85"', "share: 0.85", "entry_wrong_type", "share"),
        ('share: "0.85"', "share: much", "entry_wrong_type", "share"),
        ('share: "0.85"', "share: null", "entry_wrong_type", "share"),
        ("next: [b]", "next: b", "entry_wrong_type", "next"),
        ("next: [b]", "next: [1]", "entry_wrong_type", "next"),
        (", zh-Hant: 甲", "", "entry_languages_incomplete", "label"),
        ("en: a", "en: a, fr: b", "entry_languages_incomplete", "label"),
        ("en: a", 'en: ""', "entry_wrong_type", "label.en"),
    ],
)
def test_what_is_wrong_is_refused_and_named(old: str, new: str, error: str, key: str) -> None:
    text = f"one: {GOOD}"
    assert old in text
    with pytest.raises(VocabularyError, match=error) as refused:
        read_entries("sample", text.replace(old, new), Sample)
    named = refused.value.values
    assert (named["vocabulary"], named["code"], named["key"]) == ("sample", "one", key)


@pytest.mark.parametrize("code", ["One", "1st", "a-b", "甲", "true"])
def test_a_code_out_of_form_is_refused(code: str) -> None:
    with pytest.raises(VocabularyError, match="entry_code_malformed"):
        read_entries("sample", f"{code}: {GOOD}", Sample)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        (f"one: {GOOD}\none: {GOOD}", "vocabulary_garbled"),
        ("one: {GOOD", "vocabulary_garbled"),
        ("!!python/object/apply:os.getcwd []", "vocabulary_garbled"),
        ("- one", "entry_wrong_type"),
        ("one: 1", "entry_wrong_type"),
    ],
)
def test_a_file_that_is_no_vocabulary_is_refused(text: str, error: str) -> None:
    with pytest.raises(VocabularyError, match=error):
        read_entries("sample", text, Sample)


def test_every_file_is_a_vocabulary_and_every_vocabulary_a_file() -> None:
    found = files("fanzha.model.vocabulary").iterdir()
    assert sorted(p.name[:-5] for p in found if p.name.endswith(".yaml")) == names()


@pytest.mark.parametrize("name", names())
def test_every_code_has_labels_in_three_languages(name: str) -> None:
    for code in vocabulary(name):
        for lang in LANGS:
            shown = label(name, code, lang)
            assert shown == shown.strip() != ""
            assert bool(HAN.search(shown)) == (lang != "en"), (code, lang, shown)


@pytest.mark.parametrize("name", names())
@pytest.mark.parametrize("lang", LANGS)
def test_labels_tell_codes_apart(name: str, lang: str) -> None:
    shown = [e.label[lang] for e in vocabulary(name).values()]
    assert len(shown) == len(set(shown))


@pytest.mark.parametrize("name", names())
def test_no_english_in_chinese_texts(name: str) -> None:
    for text in _texts(tuple(vocabulary(name).values())):
        for chinese in (text.zh_hans, text.zh_hant):
            assert set(re.findall(r"[A-Za-z]+", chinese)) <= PROPER, chinese


@pytest.mark.parametrize("name", names())
def test_simplified_and_traditional_characters_are_not_mixed(name: str) -> None:
    """GB 2312 has no traditional characters, Big5 no simplified ones."""
    for text in _texts(tuple(vocabulary(name).values())):
        assert text.zh_hans.encode("gb2312").decode("gb2312") == text.zh_hans
        assert text.zh_hant.encode("big5").decode("big5") == text.zh_hant


def test_a_vocabulary_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        vocabulary("rail")["barter"] = entry("rail", "cash")  # type: ignore[index]


def test_unknown_names_and_codes() -> None:
    with pytest.raises(VocabularyError, match="no_such_code") as refused:
        entry("rail", "barter")
    assert refused.value.values == {"vocabulary": "rail", "code": "barter"}
    with pytest.raises(VocabularyError, match="no_such_vocabulary"):
        vocabulary("raiI")


# Rails


@pytest.mark.parametrize(
    ("minutes", "left"), [(0, 1.0), (3, 0.62), (10, 0.26), (30, 0.15), (60, 0.14), (1440, 0.02)]
)
def test_the_retail_prior_gives_its_published_points(minutes: int, left: float) -> None:
    assert _left(entry("rail", "retail_instant"), minutes * 60) == pytest.approx(left, abs=0.005)


def test_every_rail_loses_money_over_time_and_cash_keeps_none() -> None:
    for rail in vocabulary("rail").values():
        if rail.survives:
            curve = [_left(rail, seconds) for seconds in range(0, 500_000, 5_000)]
            assert curve[0] == 1
            assert curve == sorted(curve, reverse=True)
        else:
            assert {rail.fast_weight, rail.fast_seconds, rail.slow_seconds} == {None}
    assert [code for code, rail in vocabulary("rail").items() if not rail.survives] == ["cash"]


def test_no_prior_claims_to_be_measured_and_every_assumed_number_is_named() -> None:
    rails = vocabulary("rail")
    assert not any(rail.measured for rail in rails.values())
    assumed = {code for code, rail in rails.items() if rail.assumed == ("fast_seconds",)}
    assert assumed == {"corporate_wire", "hosted_vasp", "stablecoin"}


def test_a_channel_word_means_one_rail() -> None:
    words = [word for rail in vocabulary("rail").values() for word in rail.channels]
    assert len(words) == len(set(words))
    assert all(rail_of(word) for word in words)


def test_what_a_teller_machine_pays_in_is_not_cash() -> None:
    """Else a hold on a genuine account would be dropped for the way the money came."""
    assert rail_of(" ATM ") is entry("rail", "retail_instant")
    assert rail_of("") is None


# Hold states


def test_the_life_of_a_hold() -> None:
    states = vocabulary("hold_state")
    assert {code: state.next for code, state in states.items()} == {
        "drafted": ("fields_ok",),
        "fields_ok": ("sent", "drafted"),
        "sent": ("ack", "rejected", "released"),
        "ack": ("active", "rejected", "released"),
        "rejected": ("drafted",),
        "active": ("active", "frozen", "partial_release", "released", "expired"),
        "frozen": ("frozen", "partial_release", "released", "returned", "expired"),
        "partial_release": (
            "partial_release",
            "active",
            "frozen",
            "released",
            "returned",
            "expired",
        ),
        "released": (),
        "returned": (),
        "expired": (),
    }


def test_every_state_can_be_reached_and_can_end() -> None:
    states = vocabulary("hold_state")
    reached = _reached("drafted")
    assert reached == set(states)
    for code, state in states.items():
        if state.next:
            assert _reached(code) & {"released", "expired"}, code


def test_a_stop_payment_lasts_48_hours_at_most_twice_and_warns_six_hours_before() -> None:
    active = entry("hold_state", "active")
    assert (active.expires_after_seconds, active.max_times) == (48 * 3600, 2)
    for code, state in vocabulary("hold_state").items():
        holding = code in ("active", "frozen", "partial_release")
        assert (state.expiry != "none") == (state.warn_before_seconds == 6 * 3600) == holding
        assert (state.expiry == "fresh") == (state.expires_after_seconds is not None)
        assert "released" in state.next or not holding


def test_whatever_touches_the_holder_needs_a_legal_basis() -> None:
    needing = {code for code, state in vocabulary("hold_state").items() if state.needs_basis}
    touching = {"sent", "active", "frozen", "partial_release", "released", "returned"}
    assert needing == touching | {"drafted"}


def test_a_stop_payment_is_never_called_a_freeze() -> None:
    assert "冻结" not in entry("hold_state", "active").label.zh_hans
    assert "不是冻结" in entry("hold_state", "active").meaning.zh_hans
    assert "not a freeze" in entry("hold_state", "active").meaning.en


# Scam types, roles, countries


def test_the_ten_types_of_the_ministry_are_all_there() -> None:
    official = {scam.mps for scam in vocabulary("scam_type").values()} - {None}
    assert len(official) == 10
    assert all(str(name).endswith("类诈骗") for name in official)


def test_only_what_a_source_confirms_is_verified() -> None:
    for scam in vocabulary("scam_type").values():
        assert scam.verified == (scam.mps is not None) == scam.source.startswith("MPS")
    for rule in vocabulary("return_rule").values():
        assert not rule.verified
    for country in vocabulary("country").values():
        assert not country.verified
        assert not any(law.verified for law in country.laws)


def test_crosswalks_point_at_codes_that_exist() -> None:
    for scam in vocabulary("scam_type").values():
        assert scam.levers
        assert set(scam.levers) <= set(vocabulary("tactic"))
        assert scam.unodc is None or scam.unodc in vocabulary("unodc")
        assert all(re.fullmatch(r"[FT]\d{4}(\.\d{3})?", f3) for f3 in scam.mitre_f3)
        assert scam.fraud_classifier.initiated_by in (
            None,
            "authorized_party",
            "unauthorized_party",
        )


def test_every_role_lies_in_a_layer_of_the_chain() -> None:
    layers = {role.layer for role in vocabulary("role").values()}
    assert layers == {"upstream", "midstream", "downstream", "organiser", "victim"}


def test_countries_have_a_currency_a_zone_and_only_confirmed_hotlines() -> None:
    numbers = {}
    for code, country in vocabulary("country").items():
        assert currency_code(country.currency) == country.currency
        assert ZoneInfo(country.time_zone)
        numbers[code] = [hotline.number for hotline in country.hotlines]
    assert {code: found for code, found in numbers.items() if found} == {
        "cn": ["96110", "110", "12308"],
        "hk": ["18222", "1868"],
        "th": ["1441"],
        "my": ["997"],
        "in": ["1930"],
    }


def test_cambodia_and_laos_are_left_empty_and_say_so() -> None:
    for code in ("kh", "la"):
        country = entry("country", code)
        assert country.laws == ()
        assert country.stop_payment is None
        assert country.note is not None
        assert "Left empty on purpose" in country.note.en


def test_the_stop_payment_of_the_profile_is_that_of_the_hold() -> None:
    active = entry("hold_state", "active").expires_after_seconds
    assert entry("country", "cn").stop_seconds == active


def _left(rail: Rail, seconds: int) -> float:
    assert rail.fast_weight is not None
    assert rail.fast_seconds is not None
    assert rail.slow_seconds is not None
    weight = float(rail.fast_weight)
    fast = weight * math.exp(-seconds / rail.fast_seconds)
    return fast + (1 - weight) * math.exp(-seconds / rail.slow_seconds)


def _reached(start: str) -> set[str]:
    found, waiting = {start}, [start]
    while waiting:
        fresh = set(entry("hold_state", waiting.pop()).next) - found
        found |= fresh
        waiting.extend(fresh)
    return found


def _texts(value: object) -> list[Text]:
    if isinstance(value, Text):
        return [value]
    if isinstance(value, tuple):
        return [text for item in value for text in _texts(item)]
    fields = getattr(value, "__dataclass_fields__", {})
    return [text for name in fields for text in _texts(getattr(value, name))]
