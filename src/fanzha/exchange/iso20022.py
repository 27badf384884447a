"""What all ISO 20022 messages share: reading XML that may be hostile, finding by local name."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from lxml import etree

from fanzha.errors import UnreadableInput

MAX_BYTES = 256 * 1024 * 1024  # some 150,000 payments; a larger file is split by the bank
MAX_PART = 50_000  # elements in one transaction or header; real ones have below 200
MAX_PARTS = 300_000  # transactions and messages in one file
_HEAD = 4096
_MESSAGE = re.compile(r"[a-z]{4}\.\d{3}\.\d{3}\.\d{2}")  # pacs.008.001.08
_BODIES = frozenset({"FIToFICstmrCdtTrf", "FIToFIPmtCxlReq"})  # known without a Document around
BIC = re.compile(r"[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}([A-Z0-9]{3})?")
NOT_PROVIDED = "NOTPROVIDED"  # what the standard puts where something required is not known


class Part(NamedTuple):
    """One child of a message's body (a header, a transaction), whole; `element` is None where
    the body begins. `message` is empty where the file names no version.
    """

    message: str
    body: str
    element: etree._Element | None


def is_iso20022(content: bytes) -> bool:
    """Whether these bytes look like an ISO 20022 message; a cheap look, no proof.

    >>> is_iso20022(b'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pacs.008.001.08">')
    True
    >>> is_iso20022("交易时间,金额".encode())
    False
    """
    head = content[:_HEAD].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    if not head.startswith(b"<"):
        return False
    return b":20022:" in head or any(body.encode() in head for body in _BODIES)


def parts(content: bytes, wanted: str) -> Iterator[Part]:
    """The parts of the messages in a file, one at a time, so that memory does not grow with it.

    A message is what stands inside a `Document`, whatever envelope lies around it. Every body is
    announced; the parts of those of the `wanted` name follow, and each is forgotten when the next
    is asked for. Nothing is fetched and no entity is expanded; a document
    type declaration is refused. Raises `UnreadableInput` at the place where the XML breaks:
    what came before has been handed out by then.
    """
    if len(content) > MAX_BYTES:
        raise UnreadableInput("iso_too_large", limit=MAX_BYTES // 2**20)
    events = etree.iterparse(
        io.BytesIO(content), events=("start", "end"), no_network=True, load_dtd=False,
        resolve_entities=False, remove_comments=True, remove_pis=True, huge_tree=False,
    )  # fmt: skip
    try:
        yield from _walk(events, wanted)
    except etree.LxmlError as broken:
        line = getattr(broken, "lineno", None) or 1
        raise UnreadableInput("iso_not_well_formed", line=line) from broken


def _walk(events: Iterator[tuple[str, etree._Element]], wanted: str) -> Iterator[Part]:
    depth = body_depth = size = count = 0
    announced = ""  # the version that the envelope's header names
    part = Part("", "", None)
    for event, element in events:
        if event == "start":
            depth += 1
            size += 1
            if depth == 1:
                _refuse_doctype(element)
            if not body_depth and _is_body(element):
                part = Part(_version(element) or announced, local(element), None)
                body_depth, size, count = (depth if part.body == wanted else 0), 0, count + 1
                yield part
            if body_depth and size > MAX_PART:
                raise UnreadableInput("iso_part_too_large", limit=MAX_PART)
            if count > MAX_PARTS:
                raise UnreadableInput("iso_too_many", limit=MAX_PARTS)
            continue
        if body_depth and depth == body_depth + 1:
            yield part._replace(element=element)
            size, count = 0, count + 1
        elif not body_depth and local(element) == "MsgDefIdr":
            announced = _version_in(element.text or "")
        if not body_depth or depth <= body_depth + 1:
            _forget(element)
        if depth == body_depth:
            body_depth = 0
        depth -= 1


def _is_body(element: etree._Element) -> bool:
    parent = element.getparent()
    return local(element) in _BODIES or (parent is not None and local(parent) == "Document")


def _refuse_doctype(root: etree._Element) -> None:
    if root.getroottree().docinfo.internalDTD is not None:
        raise UnreadableInput("iso_doctype")


def _version(body: etree._Element) -> str:
    """From the body's namespace, or where it wears its envelope's, from those declared on it."""
    spaces = (etree.QName(body).namespace, *body.nsmap.values())
    versions = (_version_in(str(space)) for space in spaces)
    return next((v for v in versions if v and not v.startswith("head.")), "")


def _version_in(text: str) -> str:
    match = _MESSAGE.search(text)
    return match[0] if match else ""


def _forget(element: etree._Element) -> None:
    element.clear()
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]


def local(element: etree._Element) -> str:
    """The name of an element without its namespace: versions and banks differ in that alone."""
    return str(element.tag).rpartition("}")[2]


def children(element: etree._Element, name: str) -> Iterator[etree._Element]:
    """The children of that local name."""
    return element.iterchildren(f"{{*}}{name}")


def find(element: etree._Element, path: str) -> etree._Element | None:
    """The first element at a path of local names such as `DbtrAcct/Id/IBAN`."""
    return element.find(_pattern(path))


@cache
def _pattern(path: str) -> str:
    return "/".join(f"{{*}}{name}" for name in path.split("/"))


def text(element: etree._Element, *paths: str) -> str:
    """What stands at the first of these paths that holds anything, on one line; empty if none."""
    for path in paths:
        found = find(element, path)
        if found is not None and (stated := " ".join((found.text or "").split())):
            return stated
    return ""


def agent(element: etree._Element, path: str) -> str:
    """How a message names a bank: its BIC, else its clearing number, else its name."""
    bank = f"{path}/FinInstnId"
    named = text(
        element,
        f"{bank}/BICFI",
        f"{bank}/BIC",  # before version 3
        f"{bank}/ClrSysMmbId/MmbId",
        f"{bank}/Nm",
        f"{bank}/Othr/Id",
    )
    return "" if named == NOT_PROVIDED else named


def put(parent: etree._Element, path: str, content: str = "") -> etree._Element:
    """Append the elements of a path and write `content` into the last; for an empty content too."""
    namespace = etree.QName(parent).namespace
    for name in path.split("/"):
        parent = etree.SubElement(parent, f"{{{namespace}}}{name}")
    parent.text = content or None
    return parent


def put_agent(parent: etree._Element, path: str, named: str) -> None:
    """Write a bank as `agent` reads it: a BIC as such, anything else as a name."""
    element = put(parent, f"{path}/FinInstnId")
    coded = BIC.fullmatch(named) and named != NOT_PROVIDED  # which has the shape of one
    put(element, "BICFI" if coded else "Nm", required(named, 140))


def fitted(text: str, length: int) -> str:
    """Printable text on one line of at most `length` characters, as a message may carry it."""
    clean = "".join(c if c.isprintable() else " " for c in text)
    return " ".join(clean.split())[:length].rstrip()


def required(text: str, length: int) -> str:
    """The same for an element that may not be empty."""
    return fitted(text, length) or NOT_PROVIDED


def document(message: str, body: str) -> tuple[etree._Element, etree._Element]:
    """An empty message of that kind and version: its root and its body."""
    namespace = f"urn:iso:std:iso:20022:tech:xsd:{message}"
    root = etree.Element(f"{{{namespace}}}Document", nsmap={None: namespace})
    return root, put(root, body)


def serialized(root: etree._Element) -> bytes:
    """The message as bytes: UTF-8 with an XML declaration, indented."""
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)
