"""From a page's bytes to its characters: byte order mark, then what the page says, then UTF-8."""

from __future__ import annotations

import codecs
import re

from fanzha.errors import UnreadableInput

MAX_BYTES = 20 * 1024 * 1024  # a saved article has well under 1 MiB of markup
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SAID = re.compile(rb"<(?:meta|\?xml)[^>]{0,300}?(?:charset|encoding)\s*=\s*[\"']?\s*([\w.:-]{2,30})", re.I)  # fmt: skip  # noqa: E501
_GB = ("gb2312", "gbk", "gb_2312-80", "x-gbk")  # all are parts of GB 18030
# The encodings that a browser knows by name (Encoding standard), as far as Python has them;
# anything else that a page names is not believed.
_WEB_NAMES = (
    "big5 big5hkscs shift_jis cp932 euc_jp euc_kr cp949 gb18030 iso2022_jp iso8859-1 "
    "cp874 tis-620 cp1250 cp1251 cp1252 cp1253 cp1254 cp1255 cp1256 cp1257 cp1258 koi8-r "
    "koi8-u utf-8"
)
_WEB = frozenset(_WEB_NAMES.split())
_SEVEN_BIT = "iso2022_jp"  # its bytes are valid UTF-8 as well


def decoded(content: bytes | str, name: str) -> tuple[str, str]:
    """The document's characters and the encoding by which they were read.

    Never refuses for damage: a wrong byte becomes U+FFFD. Raises `UnreadableInput` above 20 MiB.

    >>> decoded("国".encode("gbk"), "page")
    ('国', 'gb18030')
    """
    size = len(content) if isinstance(content, bytes) else _utf8_size(content)
    if size > MAX_BYTES:
        raise UnreadableInput("file_too_large", path=name, limit=MAX_BYTES // 1024**2)
    if isinstance(content, str):
        return content, "unicode"
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return content[len(mark) :].decode(encoding, "replace"), encoding
    said = _said(content)
    for encoding in (said if said == _SEVEN_BIT else "", "utf-8", said, "gb18030"):
        if encoding:
            try:
                return content.decode(encoding), encoding
            except UnicodeDecodeError:
                continue
    return content.decode(said or "utf-8", "replace"), said or "utf-8"


def _said(content: bytes) -> str:
    """The encoding that the page names: believed only where its bytes are no UTF-8."""
    said = _SAID.search(content[:4096])
    if not said:
        return ""
    name = said[1].decode("ascii", "replace").lower()
    try:
        known = codecs.lookup("gb18030" if name in _GB else name).name
    except (LookupError, ValueError):
        return ""
    return known if known in _WEB else ""


def _utf8_size(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))
