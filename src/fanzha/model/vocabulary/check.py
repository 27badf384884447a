"""Building checked entries from what stands in a YAML file.

The classes in `entries` are the schema. Whatever a file says too much, too little or in the
wrong shape is a `VocabularyError` that names vocabulary, code and key.
"""

from __future__ import annotations

import dataclasses
import re
import types
import typing
from collections.abc import Hashable
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

import yaml

from fanzha.errors import VocabularyError
from fanzha.model.catalogue import LANGS
from fanzha.model.vocabulary.entries import Text

CODE = re.compile(r"[a-z][a-z0-9_]*")


class Place(NamedTuple):
    """Where in the vocabularies something stands, for the error that names it."""

    vocabulary: str
    code: str = ""
    key: str = ""

    def refuse(self, error: str, **values: object) -> VocabularyError:
        """The error that says what is wrong here."""
        return VocabularyError(error, **self._asdict(), **values)


_FAST: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_FAST):  # type: ignore[misc]
    """YAML in which a key said twice is an error instead of the last one winning."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        said = [key.value for key, _ in node.value]
        if len(said) != len(set(said)):
            raise yaml.constructor.ConstructorError(None, None, "key said twice", node.start_mark)
        made: dict[Hashable, Any] = super().construct_mapping(node, deep)
        return made


def read_entries(vocabulary: str, text: str, kind: type[Any]) -> dict[str, Any]:
    """The entries of a vocabulary file, by code, in the order of the file.

    >>> from fanzha.model.vocabulary.entries import Term
    >>> text = "a: {label: {en: A, zh-Hans: 甲, zh-Hant: 甲}}"
    >>> read_entries("letters", text, Term)["a"].label.en
    'A'
    """
    place = Place(vocabulary)
    try:
        said = yaml.load(text, _Loader)
    except yaml.YAMLError as garbled:
        raise place.refuse("vocabulary_garbled", why=str(garbled)) from garbled
    if not isinstance(said, dict):
        raise place.refuse("entry_wrong_type", wanted="mapping")
    return {code: _entry(kind, code, body, place) for code, body in said.items()}


def _entry(kind: type[Any], code: object, body: object, place: Place) -> Any:
    if not isinstance(code, str) or not CODE.fullmatch(code):
        raise place._replace(code=str(code)).refuse("entry_code_malformed")
    return _built(kind, body, place._replace(code=code), code=code)


def _built(kind: type[Any], body: object, place: Place, **known: str) -> Any:
    """An instance of the dataclass `kind` from a mapping that has exactly its fields."""
    if not isinstance(body, dict):
        raise place.refuse("entry_wrong_type", wanted="mapping")
    wanted = {name: hint for name, hint in _fields(kind).items() if name not in known}
    for key in body:
        if key not in wanted:
            raise _at(place, key).refuse("entry_key_unknown")
    for key in wanted:
        if key not in body:
            raise _at(place, key).refuse("entry_key_missing")
    return kind(**known, **{k: _value(hint, body[k], _at(place, k)) for k, hint in wanted.items()})


def _value(hint: Any, said: object, place: Place) -> Any:
    """`said` as the type that the field's hint asks for."""
    if isinstance(hint, types.UnionType):  # the only union a vocabulary uses is `X | None`
        return None if said is None else _value(typing.get_args(hint)[0], said, place)
    if typing.get_origin(hint) is tuple:
        if not isinstance(said, list):
            raise place.refuse("entry_wrong_type", wanted="list")
        return tuple(_value(typing.get_args(hint)[0], item, place) for item in said)
    if hint is Text:
        return _text(said, place)
    if dataclasses.is_dataclass(hint):
        return _built(typing.cast("type[Any]", hint), said, place)
    if hint is Decimal:
        return _decimal(said, place)
    if type(said) is not hint or said == "":  # `type`, for True is an int to isinstance
        raise place.refuse("entry_wrong_type", wanted=hint.__name__)
    return said


def _text(said: object, place: Place) -> Text:
    if not isinstance(said, dict) or set(said) != set(LANGS):
        raise place.refuse("entry_languages_incomplete")
    return Text(*(_value(str, said[lang], _at(place, lang)) for lang in LANGS))


def _decimal(said: object, place: Place) -> Decimal:
    """From text alone: a YAML float has already lost what was written."""
    try:
        return Decimal(_value(str, said, place))
    except InvalidOperation as unreadable:
        raise place.refuse("entry_wrong_type", wanted="decimal text") from unreadable


def _at(place: Place, key: object) -> Place:
    return place._replace(key=f"{place.key}.{key}" if place.key else str(key))


def _fields(kind: type[Any]) -> dict[str, Any]:
    hints = typing.get_type_hints(kind)
    return {field.name: hints[field.name] for field in dataclasses.fields(kind)}
