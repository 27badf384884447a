"""Numbers that are not money: accounts, wallets, phones, references, and figures to leave alone."""

from __future__ import annotations

import re
from collections.abc import Iterator

from fanzha.intake.report.numerals import HAN_DIGITS, spoken_digits
from fanzha.intake.report.rules import rules
from fanzha.intake.report.tokens import Claims, Token

_WALLET = re.compile(
    r"(?<![0-9A-Za-z])(?:T[1-9A-HJ-NP-Za-km-z]{33}|0x[0-9a-fA-F]{40}|bc1[02-9ac-hj-np-z]{3"
    r"8,59})(?![0-9A-Za-z])"
)
_IBAN = re.compile(
    r"(?<![0-9A-Za-z])[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?(?![0-9A-Za-z])"
)
_EMAIL = re.compile(
    r"(?<![A-Za-z0-9.])[A-Za-z0-9][\w.+-]{0,63}@[A-Za-z0-9][A-Za-z0-9-]{0,62}(?:\.[A-Za-z0"
    r"-9-]{1,63}){1,4}"
)
_URL = re.compile(r"(?:https?://|www\.)[A-Za-z0-9./?=&%#:_-]{3,200}")
_MASKED = re.compile(r"\d{2,20}\s?[*xX]{2,20}\s?\d{0,20}")
_SORT = re.compile(r"(?i)(?:sort[- ]?code|s/c)(?: is| was|:)? {0,2}(\d\d[- ]?\d\d[- ]?\d\d)(?!\d)")
_RUN = re.compile(r"(?<![0-9A-Za-z.])\d(?:[ \-.·]{0,2}\d){3,43}(?![A-Za-z])")
_SPOKEN = re.compile(rf"[{HAN_DIGITS}](?:[ 、,\-.]?[{HAN_DIGITS}\d]){{7,43}}")
_BREAKS = re.compile(r"[ \-.·]+")
_AFTER = re.compile(r"\s?[万千百亿]|\s?(?:多|余)?\s?$")
_ID = re.compile(
    r"(?i)(?:案件?(?:编?号)?|警(?:员)?(?:证)?号|警员?编号|工号|身份证(?:号码?)?"
    r"|证件号码?|验证码|邮编|QQ号?码?|群号?码?|订单(?:编?号)?|运单号?"
    r"|快递(?:单)?号?|会议(?:号|id)|房间?号|编号|通缉令|保单号?|航班|工单号?"
    r"|密码|口令|链接|case (?:number|no\.?|ref\w*)"
    r"|badge(?: number)?|order (?:number|no\.?)|(?:pass|one[- ]time )?code|otp"
    r"|pin|meeting id|id number|passport(?: number)?)"
    r"[^\d,。;]{0,6}$"
)
_REFERENCE = re.compile(
    r"(?i)(?:流水号?|交易(?:单)?号|交易(?:编|序)号|凭证号|转账单号|电子回单号?"
    r"|回单号?|参考号|(?:transaction|payment)(?: id| number| ref\w*)?|ref(?:erence)?(?: nu"
    r"mber| no\.?)?|txid|hash)"
    r"(?:码)?(?:是|为|:| is|#|\s){0,3}$"
)
_REFERENCE_CODE = re.compile(
    r"(?i)(?:流水号|交易单号|交易号|凭证号|回单号|参考号|transaction id|reference(?: numbe"
    r"r)?|ref|txid)(?: is|是|为|:|#|\s){0,3}"
    r"(?P<code>(?=[A-Z0-9-]{0,30}\d)[A-Z0-9][A-Z0-9-]{5,31})(?![A-Z0-9])"
)
_TAIL = re.compile(
    r"(?i)(?:尾号|末尾|后四位|末四位|最后四位|ending(?: in| with)?|last (?:four"
    r"|4)(?: digits)?)(?:是|为|应该是|:| is|\s|应){0,3}$"
)
_PHONE_CUE = re.compile(
    r"(?i)(?:电话|手机号?|来电|拨打|拨|联系方式|phone|mobile|tel|call(?:ed)?(?: me"
    r")?(?: from| on| back)?|whatsapp|number to call)[^\d,。;]{0,8}$"
)
_ACCOUNT_CUE = re.compile(
    r"(?i)(?:卡号|账号|账户|收款账?号?|卡|号码|支付宝|钱包|地址|户头|a/c|acc(?:oun)?t(?: n"
    r"umber| no\.?)?|card(?: number| no\.?)?|iban|wallet|alipay|paypal|zelle)"
    r"[^\d,。;]{0,10}$"
)
_CARD_CUE = re.compile(
    r"(?i)(?:卡号|银行卡|储蓄卡|(?<!打)卡(?:是|:)?|card(?: number| no\.?)?(?: is"
    r"|:)?)[^\d,。;账]{0,8}$"
)
_EMAIL_CUE = re.compile(
    r"(?i)(?:支付宝|账号|账户|收款|alipay|paypal|zelle|account|payid|e-?transfer)[^,。;]{0,14}$"
)
_PHONE = re.compile(
    r"(?:86)?1[3-9]\d{9}|0[1-9]\d{8,10}|[48]00\d{7}|(?:00)?44\d{10}|1?\d{3}555\d{4}"
)
_HALVES = re.compile(
    rf"(?:前(?:面|半|边|[一二三四五六七八九十\d]{{1,2}}位|几位|半[段截部]分?)"
    rf"|开头)(?:的?数字)?(?:是|:|,|为)?(?P<a>[\d{HAN_DIGITS}](?:[ \-]?[\d{HAN_DIGITS}]){{3,"
    rf"20}})"
    rf"[^\d{HAN_DIGITS}]{{1,14}}(?:后(?:面|半|边|[一二三四五六七八九十\d]{{1,2}}位"
    rf"|几位|半[段截部]分?)|剩下|接着|最后[一二三四五六七八九十\d]{{0,2}}位?)(?:的?数字)?(?"
    r":是|:|,|为|的)?"
    rf"(?P<b>[\d{HAN_DIGITS}](?:[ \-]?[\d{HAN_DIGITS}]){{2,20}})"
)
_LONGEST_CARD = 19


def find_numbers(folded: str, claims: Claims) -> list[Token]:
    """Every number that is not money, claimed."""
    tokens = [*_codes(folded, claims), *_sort_codes(folded, claims), *_halves(folded, claims)]
    for pattern in (_RUN, _SPOKEN):
        for m in pattern.finditer(folded):
            token = _classify(folded, *_trim(folded, m.start(), m.end()))
            if token and claims.take(token.start, token.end):
                tokens.append(token)
    return tokens


def said_card(folded: str, start: int) -> bool:
    """Whether the number at `start` was called a card's."""
    return _CARD_CUE.search(_window(folded, start)) is not None


def _window(folded: str, start: int, size: int = 24) -> str:
    return folded[max(0, start - size) : start]


def _codes(folded: str, claims: Claims) -> Iterator[Token]:
    for m in _REFERENCE_CODE.finditer(folded):
        if claims.take(m.start("code"), m.end("code")):
            yield Token("reference", m.start("code"), m.end("code"), m["code"])
    for m in _URL.finditer(folded):
        if claims.take(m.start(), m.end()):
            yield Token("taken", m.start(), m.end())
    for pattern in (_WALLET, _IBAN, _EMAIL, _MASKED):
        for m in pattern.finditer(folded):
            kind = "account"
            if pattern is _MASKED or (
                pattern is _EMAIL and not _EMAIL_CUE.search(_window(folded, m.start()))
            ):
                kind = "taken"
            value = m[0].replace(" ", "") if pattern is _IBAN else m[0]
            if claims.take(m.start(), m.end()):
                yield Token(kind, m.start(), m.end(), value)


def _sort_codes(folded: str, claims: Claims) -> Iterator[Token]:
    for m in _SORT.finditer(folded):
        if claims.take(m.start(1), m.end(1)):
            digits = re.sub(r"\D", "", m[1])
            yield Token("sort_code", m.start(1), m.end(1), "-".join(re.findall("..", digits)))


def _halves(folded: str, claims: Claims) -> Iterator[Token]:
    """A number said in two halves: the words reach from the first to the last of it."""
    for m in _HALVES.finditer(folded):
        number = spoken_digits(m["a"]) + spoken_digits(m["b"])
        if len(number) >= 8 and claims.take(m.start("a"), m.end("b")):
            yield Token("account", m.start("a"), m.end("b"), number, "card")


def _trim(folded: str, start: int, end: int) -> tuple[int, int]:
    """Groups of digits that are no part of a number run into it: a sum behind, a second number."""
    groups = list(re.finditer(r"[^ \-.·]+", folded[start:end]))
    while len(groups) > 1 and _is_money(folded, start + groups[-1].end()):
        groups.pop()
    if groups and len(spoken_digits(folded[start:end])) > _LONGEST_CARD:
        first = len(spoken_digits(groups[0][0]))
        if 12 <= first <= _LONGEST_CARD:
            groups = groups[:1]
    return start, start + groups[-1].end() if groups else end


def _is_money(folded: str, end: int) -> bool:
    after = folded[end : end + 12]
    return bool(re.match(r"\s?[多余]?[万千百亿]", after) or rules().after.match(after.lstrip()))


def _classify(folded: str, start: int, end: int) -> Token | None:
    """What the figures at `start:end` are, by the words before them and their own shape."""
    number, before = spoken_digits(folded[start:end]), _window(folded, start)
    if _ID.search(before):
        return Token("taken", start, end)
    if _REFERENCE.search(before) and len(number) >= 6:
        return Token("reference", start, end, number)
    if _TAIL.search(before) and len(number) <= 6:
        return Token("tail", start, end, number)
    if _is_money(folded, end) or re.search(r"[¥$£€฿₱]\s?$", before) or len(number) < 6:
        return None
    grouped = re.fullmatch(r"\d+\.\d{1,2}", folded[start:end])
    if grouped:
        return None
    return _by_shape(folded, start, end, number, before)


def _by_shape(folded: str, start: int, end: int, number: str, before: str) -> Token | None:
    cued = _ACCOUNT_CUE.search(before)
    phone = _PHONE.fullmatch(number) or before.endswith("+")
    if _PHONE_CUE.search(before) and not (cued and len(number) >= 13):
        return Token("phone", start, end, number)
    if phone and not cued:
        return Token("phone", start, end, number)
    if cued or len(number) >= 13:
        return Token("account", start, end, number, "card" if said_card(folded, start) else "")
    if len(number) > 9:
        return Token("taken", start, end)
    return None
