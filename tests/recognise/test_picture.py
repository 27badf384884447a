"""Pictures: what is read, on which side it stands, where it stands, and what is refused."""

from __future__ import annotations

import difflib
import socket
import sys
import time
import unicodedata
import zlib
from typing import Any

import pytest

from fanzha.errors import UnreadableInput, UsageError
from fanzha.recognise.picture import Box, PictureText, ocr, read_picture

pytest.importorskip("rapidocr", reason="pip install 'fanzha[ocr]'")
pytest.importorskip("zxingcpp", reason="pip install 'fanzha[ocr]'")

from tests.recognise.pictures import TC, bytes_of, chat, notice, photographed, qr

TALK = [
    ("left", ["您好，我是京东客服，工号1024"]),
    ("left", ["您开通了金条服务，需要马上注销", "否则会影响您的个人征信"]),
    ("right", ["我没有开通过啊"]),
    ("left", ["请下载会议软件并打开共享屏幕"]),
    ("right", ["好的", "要怎么操作"]),
]
HANT = [
    ("left", ["您好，這裡是銀行客服中心"]),
    ("right", ["請問有什麼事情嗎"]),
    ("left", ["您的帳戶異常，請立即轉帳驗證"]),
]
SMS = [
    "Your parcel is held at customs.",
    "Pay the fee of $2.99 today at",
    "https://post.example/pay or it",
    "will be returned to the sender.",
]


def plain(text: str) -> str:
    """Without blanks and width, which no reader can be sure of."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def likeness(read: str, wanted: str) -> float:
    return difflib.SequenceMatcher(None, plain(read), plain(wanted), autojunk=False).ratio()


def read(picture: Any, name: str, form: str = "PNG") -> PictureText:
    """Read it, and say how long it took (`pytest -rP` shows it)."""
    start = time.process_time()
    found = read_picture(bytes_of(picture, form))
    print(f"{name}: {picture.width} x {picture.height}, {time.process_time() - start:.2f} s")
    return found


def wanted(talk: list[tuple[str, list[str]]]) -> str:
    return "".join(line for _, lines in talk for line in lines)


@pytest.mark.parametrize(
    ("name", "talk", "how"),
    [
        ("chat", TALK, {}),
        ("dark chat", TALK, {"dark": True}),
        ("traditional chat", HANT, {"face": TC}),
    ],
)
def test_a_chat_comes_out_as_turns_by_side(
    name: str, talk: list[tuple[str, list[str]]], how: dict[str, Any]
) -> None:
    found = read(chat(talk, **how), name)
    assert [turn.side for turn in found.turns] == [side for side, _ in talk]
    assert likeness("".join(turn.text for turn in found.turns), wanted(talk)) >= 0.95
    assert "小王" in found.text.splitlines()[0]  # the title is read and is nobody's turn
    assert not any("小王" in turn.text for turn in found.turns)


def test_a_jpeg_screenshot_keeps_its_sides() -> None:
    found = read(chat(TALK), "chat as JPEG", "JPEG")
    assert [turn.side for turn in found.turns] == [side for side, _ in TALK]


def test_a_line_wrapped_in_a_bubble_is_whole_again() -> None:
    found = read(chat([("left", ["请点击链接并打开共享屏", "幕功能，按我说的去做吧"])]), "wrapped")
    assert "共享屏幕功能" in found.turns[0].text


def test_an_english_message_keeps_its_address_and_has_its_place() -> None:
    found = read(notice(SMS), "short message")
    assert likeness(found.text, " ".join(SMS)) >= 0.95
    assert found.turns == ()
    start = found.text.index("https://post.example/pay")
    (box,) = found.where(start, start + len("https://post.example/pay"))
    assert 40 <= box.left <= 60
    assert 40 + 2 * 68 - 10 <= box.top < box.bottom <= 40 + 3 * 68 + 10
    assert box.right < 520


def test_every_character_has_its_box_and_boxes_lie_in_the_picture() -> None:
    found = read(chat(TALK), "chat")
    covered = [place for start, end, _ in found.boxes for place in range(start, end)]
    assert len(covered) == len(set(covered))
    missing = {found.text[i] for i in set(range(len(found.text))) - set(covered)}
    assert missing <= {"\n", " "}
    for _, _, box in found.boxes:
        assert -2 <= box.left < box.right <= found.width + 2
        assert -2 <= box.top < box.bottom <= found.height + 2


def test_a_poor_photo_is_still_read() -> None:
    lines = ["高薪招聘海外客服人员", "月薪三万包机票包吃住", "无需学历经验名额有限"]
    found = read(photographed(notice(lines, size=44)), "photo", "JPEG")
    assert likeness(found.text, "".join(lines)) >= 0.9


def test_the_payload_of_a_qr_code_is_a_line_of_the_text() -> None:
    page = notice(["扫码领取补贴", "", "", "", "", ""])
    page.paste(qr("https://pay.example/q?id=7"), (300, 150))
    found = read(page, "QR code")
    ((payload, box),) = found.qr
    assert payload == "https://pay.example/q?id=7"
    assert found.text.splitlines() == ["扫码领取补贴", payload]
    start = found.text.index("https")
    assert found.where(start, start + len(payload)) == (box,)
    assert Box(300, 150, 300, 150).around(box).left == 300


def test_a_long_screenshot_loses_and_doubles_no_line() -> None:
    lines = [f"第{n}行：请把验证码告诉我" for n in range(101, 151)]
    found = read(notice(lines, size=30), "long screenshot")
    assert found.height > 2 * ocr.STRIP
    assert likeness(found.text, "".join(lines)) >= 0.98
    assert found.text.count("验证码") == len(lines)


def test_nothing_to_read_is_no_error() -> None:
    from PIL import Image

    found = read(Image.new("RGB", (200, 200), "white"), "empty")
    assert (found.text, found.turns, found.qr, found.boxes) == ("", (), (), ())
    assert found.reasons[0].code == "nothing_read"
    assert found.confidence is None


def test_the_same_picture_reads_the_same() -> None:
    content = bytes_of(chat(TALK[:2]))
    assert read_picture(content) == read_picture(content)


def test_the_network_is_never_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("asked the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    ocr._engine.cache_clear()
    assert read(notice(["转账"]), "without network").text == "转账"


def test_without_the_extra_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "PIL.Image", None)
    with pytest.raises(UsageError) as refused:
        read_picture(b"x")
    assert refused.value.code == "ocr_missing"


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few bytes that claims to be huge."""

    def chunk(name: bytes, body: bytes) -> bytes:
        check = zlib.crc32(name + body)
        return len(body).to_bytes(4, "big") + name + body + check.to_bytes(4, "big")

    head = width.to_bytes(4, "big") + height.to_bytes(4, "big") + b"\x08\x02\x00\x00\x00"
    data = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + data


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "picture_unreadable"),
        (b"%PDF-1.7 not a picture", "picture_unreadable"),
        (b"\x89PNG\r\n\x1a\n" + b"\x00" * 100, "picture_unreadable"),
        (bomb(100, 100), "picture_unreadable"),  # its rows are missing
        (bomb(5_000, 5_000), "picture_too_large"),
        (bomb(10_000, 10_000), "picture_too_large"),
        (bomb(60_000, 60_000), "picture_too_large"),
        (bomb(100_000, 1), "picture_too_large"),
        (bytes(ocr.MOST_BYTES + 1), "picture_too_large"),
    ],
)
def test_what_is_no_picture_or_too_large_is_refused_at_once(content: bytes, code: str) -> None:
    start = time.process_time()
    with pytest.raises(UnreadableInput) as refused:
        read_picture(content)
    assert refused.value.code == code
    assert time.process_time() - start < 2


def test_words_of_a_chat_stay_out_of_the_repr() -> None:
    found = read(chat(TALK[:1]), "repr")
    assert "京东" in found.text
    assert "京东" not in repr(found)
