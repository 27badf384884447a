"""Banks and payment firms that a report names, by their full names."""

from __future__ import annotations

import re

from fanzha.intake.report.rules import rules
from fanzha.intake.report.tokens import Claims, Token

_SPEAKS = re.compile(
    r"\s?(?:的)?(?:银行)?的?(?:客服|工作人员|的人|员工|经理|柜员|大堂|短信|打电话"
    r"|来电|打来|提醒|拦|发来|风控|发短信|行长|(?:customer|fraud) (?:service"
    r"|team)|staff|said|called|told|blocked|texted|rang)",
    re.IGNORECASE,
)
_POSES = re.compile(
    r"(?i)(?:自称|冒充|假冒|说是|我是|谎称|called by|claiming to be|pretending to be"
    r"|said (?:he|she|they) (?:was|were|worked) (?:from|at|for)|from the|call from)(?:中国"
    r")?\s?$"
)
_SURE = re.compile(
    r"\s?(?:银行|的?(?:信用|储蓄|借记)?卡|账|app|手机银行|网银|的?户)", re.IGNORECASE
)
_NAMED = re.compile(
    r"(?<=[到是行用从:的,给在])(?:[甲乙丙丁]|(?![到是用从给在把])[\u4e00-\u9fff]{2,6}?)"
    r"(?:农村商业银行|村镇银行|农商银行|农商行|银行|信用社)"
)
_NO_NAME = re.compile(
    r"网上|手机|这|那|哪|什么|一个|一家|各|去|来|我|他|她|你|对方|某|个|骗子"
    r"|家|附近|报|自己|同|别|其他|转|打|汇|跑|到|和|跟|的|被"
)


def find_banks(folded: str, claims: Claims) -> list[Token]:
    """Every bank named as the keeper of an account; one that merely rings up is left out."""
    tokens = []
    for m in rules().banks.finditer(folded):
        if _meant(folded, m) and claims.take(m.start(), m.end()):
            tokens.append(Token("bank", m.start(), m.end(), rules().bank_names[m[0].lower()]))
    for m in _NAMED.finditer(folded):
        if not _NO_NAME.search(m[0]) and not _speaks(folded, m) and claims.take(m.start(), m.end()):
            tokens.append(Token("bank", m.start(), m.end(), m[0]))
    return tokens


def _meant(folded: str, m: re.Match[str]) -> bool:
    if _speaks(folded, m):
        return False
    word = m[0]
    if word.isascii():
        return (
            word[0].isupper()
            or word.isupper()
            or " " in word
            or word.lower() in ("paypal", "alipay", "zelle")
        )
    if len(word) == 2 and not word.endswith(("行", "宝", "银")) and word not in ("邮储",):
        return _SURE.match(folded, m.end()) is not None
    return True


def _speaks(folded: str, m: re.Match[str]) -> bool:
    """Whether it is the bank, or somebody in its name, that speaks, rings or stops a payment."""
    if _SPEAKS.match(folded, m.end()):
        return True
    return _POSES.search(folded[max(0, m.start() - 14) : m.start()]) is not None
