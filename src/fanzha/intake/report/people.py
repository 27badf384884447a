"""Names in a report: who was paid, who calls, and who merely is spoken of."""

from __future__ import annotations

import re

from fanzha.intake.report.rules import rules
from fanzha.intake.report.tokens import Claims, Token

_HAN = "\u4e00-\u9fff"
_FILLER = r"(?:呃|嗯|那个|就是|好像|应该|大概|,|\s|:|=)"
_LABEL = re.compile(
    r"(?P<mine>我的?|自己的?|本人的?)?(?:账户名称?|开户名|收款(?:户名|账户名?"
    r"|人|方|户)(?:的)?(?:姓名|名称|名字|户名)?|户名|户主|开户人|持卡人|卡主"
    r"|姓名|实名(?:认证)?|"
    r"(?:对方|他|她|卡主|账户)?的?(?:名字|全名|真名))"
    rf"(?:是|叫|为|写的?是?|显示(?:是|为)?|填的?是?|一个|做|{_FILLER}){{0,4}}"
)
_PAID_TO = re.compile(
    r"(?:(?:转|汇|打|付|存|充|交|划)(?:账|款|钱|了|过去){0,4}(?:给|到|至|进|入)(?:了)?"
    r"|(?<=[万千百元块钱币金镑UTwk\d笔])(?:到|进|至|去)|给)(?:了|到)?"
    r"(?:对方|他|她)?(?:一个|一位|个|那个|这个|一家|账户|户名)?(?:名?叫做?|名字叫"
    r"|名为|姓名)?(?:一个)?(?:是|:|\s)?"
)
_PUT_RIGHT = re.compile(r"(?:不是[^,。]{1,6},?(?:而)?是|(?:错了?|不对),?(?:应该)?(?:叫|是))")
_CALLED = re.compile(rf"(?:名叫|叫做|叫|名为|名字是){_FILLER}{{0,2}}")
_MYSELF = re.compile(
    r"(?<![给让叫把跟和对说骗问找是])(?:我(?:本人)?(?:的名字)?(?:叫做?|是|姓名是?"
    r"|名字(?:叫|是))|本人(?:叫|姓名是?|是|:)?|报案人(?:姓名)?(?:是|叫|:)?|来电人(?:是"
    r"|:)?|我姓名)(?:呃|嗯|,|\s|:){0,2}"
)
_KIN = re.compile(
    r"我?(?:妈妈?|爸爸?|母亲|父亲|老公|老婆|丈夫|妻子|儿子|女儿|朋友|同事|奶奶"
    r"|爷爷|外婆|外公|姐姐?|哥哥?|妹妹?|弟弟?|老师|同学|闺蜜|对象)(?:的?名字)?[^,。]{0,2}$"
)
_TOLD = re.compile(
    r"(?:自称|冒充|打电话|打来|加(?:了)?我|联系我|认识(?:了)?|拉我|来电|客服"
    r"|警官|民警|介绍|聊天|群|软件|app|平台|网站|公众号|公司叫)"
)
_LATIN_LABEL = re.compile(
    r"\b(?:account (?:name|holder)|payee(?: name)?|beneficiary(?: name)?|recipient(?: name"
    r")?|in the name of|(?:the )?name on (?:the|his|her) (?:account|card)|payable to"
    r"|made out to|account (?:in the name of|belongs to|of)|name)(?: is| was"
    r"|:| called){0,4}\s*",
    re.IGNORECASE,
)
_LATIN_TO = re.compile(
    r"\b(?:to|paid)(?: an?| the| some)?(?: account)?(?: man| woman| person| guy| lady| company"
    r"| someone| firm)?(?: called| named)? (?:(?:Mr|Mrs|Ms|Miss|Dr)\.? )?",
    re.IGNORECASE,
)
_LATIN_CALLED = re.compile(r"\b(?:called|named) ", re.IGNORECASE)
_LATIN_MYSELF = re.compile(
    r"\b(?:my name is|my name's|this is|i am|i'm|caller(?: is|:)?) ", re.IGNORECASE
)
_LATIN_NAME = re.compile(
    r"[A-Z][A-Za-z\u00c0-\u024f'-]{0,20}(?: (?:[A-Z]\.|[A-Z][A-Za-z\u00c0-\u024f'-]{0,20}"
    r"|&|bin|binti|de|van|der"
    r"|and(?= [A-Z][a-z]+ (?:Ltd|Limited|LLC|Co)))){0,4} ?",
)
_QUOTED = re.compile(r'\s?["\']([^"\',。]{1,40})["\']')
_MASKED = re.compile(rf"[{_HAN}*][{_HAN}]{{0,2}}\*{{1,2}}[{_HAN}]{{0,2}}|\*{{1,2}}[{_HAN}]{{1,2}}")
_RUN = re.compile(rf"[{_HAN}·]{{1,32}}")
_NEXT_IN_LIST = re.compile("[、和]|以及|还有")
_SUM_BEFORE = re.compile(r"[万千百元块钱币金镑UTwk\d笔账款了过都全]\s?$")
_LONGEST = 4
_MENTIONS = 50  # how many known names are looked for in the rest of the text


def find_names(folded: str, claims: Claims) -> list[Token]:
    """Names with what they are: `payee` (said as such), `weak` (merely called so), `caller`."""
    tokens: list[Token] = []
    for pattern, role in (
        (_MYSELF, "caller"),
        (_LATIN_MYSELF, "caller"),
        (_LABEL, "payee"),
        (_LATIN_LABEL, "payee"),
        (_PAID_TO, "payee"),
        (_LATIN_TO, "payee"),
        (_PUT_RIGHT, "payee"),
        (_CALLED, "weak"),
        (_LATIN_CALLED, "weak"),
    ):
        for cue in pattern.finditer(folded):
            token = _named(folded, cue, role, claims)
            if token and claims.take(token.start, token.end):
                tokens.append(token)
    tokens += _listed(folded, claims)
    return tokens + _mentions(folded, tokens, claims)


def _listed(folded: str, claims: Claims) -> list[Token]:
    """Names that only their place in a list tells: 转给张三5万、李四3万."""
    tokens = []
    for cue in _NEXT_IN_LIST.finditer(folded):
        span = _name_at(folded, cue.end(), claims, trusted=False)
        if span and not claims.free(span[1], span[1] + 1) and claims.take(*span):
            tokens.append(Token("name", *span, folded[slice(*span)], "payee"))
    return tokens


def _named(folded: str, cue: re.Match[str], role: str, claims: Claims) -> Token | None:
    label = cue.re in (_LABEL, _LATIN_LABEL)
    span = _name_at(folded, cue.end(), claims, trusted=label)
    if span is None:
        return None
    start, end = span
    if role == "payee" and label and cue.re is _LABEL and cue["mine"]:
        role = "caller"
    if cue.re is _CALLED:
        role = _called(folded, cue.start(), end)
    if cue.re is _PAID_TO and cue[0].startswith("给") and not _then_paid(folded, cue, end):
        return None
    return Token("name", start, end, folded[start:end], role) if role else None


def _called(folded: str, cue: int, end: int) -> str:
    """Whose name "叫 X" tells: kin's are nobody's here, a stranger's who rang is only `contact`."""
    before, behind = folded[max(0, cue - 14) : cue], folded[end : end + 8]
    clause = re.split(r"[,。;!?\n]", before)[-1]
    if _KIN.search(before) or clause.rstrip().endswith("我"):
        return ""
    if _TOLD.search(clause) or _TOLD.search(re.split(r"[,。;!?\n]", behind)[0]):
        return "contact"
    titles = rules().names["titles"]
    return "contact" if behind.lstrip("的").startswith(tuple(titles)) else "weak"


def _then_paid(folded: str, given: re.Match[str], end: int) -> bool:
    """Whether a sum stands before "给 X" or a payment behind it."""
    cue, behind = given[0], folded[end : end + 12]
    if _SUM_BEFORE.search(folded[max(0, given.start() - 2) : given.start()]):
        return True
    return bool(
        re.match(
            r"[\"']?(?:的)?(?:那个|这个)?(?:人|账户|账号|卡)?(?:里|上)?(?:就|又|再|先"
            r"|也|还|分别|一次性|网上|手机)?(?:转|打|汇|付|充|存|了?\d|了?[一二两三四五六七八九十]"
            r")",
            behind,
        )
    ) or ("叫" in cue and bool(re.match(r"[\"']?的", behind)))


def _name_at(folded: str, start: int, claims: Claims, *, trusted: bool) -> tuple[int, int] | None:
    """Where the name at `start` begins and ends, or None where there is none."""
    quoted = _QUOTED.match(folded, start)
    if quoted and _plausible(quoted[1]):
        return quoted.span(1)
    masked = _MASKED.match(folded, start)
    if masked:
        return masked.span()
    run = _RUN.match(folded, start)
    if run:
        free = run[0][: claims.edge(start, run.end()) - start]
        length = free and (_company(free) or _person(free, trusted=trusted))
        return (start, start + length) if length else None
    return _latin(folded, start)


def _plausible(quoted: str) -> bool:
    return bool(re.fullmatch(rf"[{_HAN}·*()]{{2,24}}|[A-Z][\w .'&-]{{1,38}}", quoted))


def _company(run: str) -> int:
    """The length of a company's name at the head of a run of characters, or 0."""
    ends = [run.find(word) + len(word) for word in rules().names["company"] if run.find(word) >= 2]
    for end in sorted(ends, key=lambda e: -e):
        head = run[:end]
        if end <= 28 and not re.search(r"转|账|卡号|我|他|她|这|那|的|个|说|是", head):
            return end
    return 0


def _person(run: str, *, trusted: bool) -> int:
    names = rules().names
    if run.startswith(tuple(names["not_names"])):
        return 0
    compound = run[:2] in names["compound"]
    if not compound and run[0] not in rules().surnames:
        return _foreign(run) if trusted else 0
    if "·" in run[:12]:
        return len(_cut(run))
    body = _cut(run)
    head = 2 if compound else 1
    if len(body) <= head or body[head:].startswith(tuple(names["titles"])):
        return 0
    if body[1:].startswith(tuple(t for t in names["titles"] if len(t) > 1)):
        return 0
    for title in names["titles"]:
        if len(title) > 1 and title in body[head + 1 :]:
            body = body[: body.index(title, head + 1)]
    return min(len(body), _LONGEST if compound or len(body) == len(run) <= _LONGEST else 3)


def _foreign(run: str) -> int:
    """A transcribed name such as 买买提·艾力, told by its dot."""
    body = _cut(run)
    return len(body) if "·" in body and len(body) >= 4 else 0


def _cut(run: str) -> str:
    """The run up to the first word that cannot be part of a name."""
    end = len(run)
    for stop in rules().names["stops"]:
        at = run.find(stop, 1 if stop in "的了我你他她" or len(stop) > 1 else 2)
        if 0 < at < end:
            end = at
    return run[:end]


def _latin(folded: str, start: int) -> tuple[int, int] | None:
    m = _LATIN_NAME.match(folded, start)
    if not m:
        return None
    words, end = m[0].rstrip().split(" "), start
    stop = set(rules().names["english_not_names"])
    kept: list[str] = []
    for word in words[:6]:
        if word.rstrip(".") in stop or (rules().bank_names.get(word.lower()) and not kept):
            break
        kept.append(word)
    while kept and kept[-1] in ("&", "and", "de", "van", "der"):
        kept.pop()
    end = start + len(" ".join(kept).rstrip(".,"))
    return (start, end) if kept and end - start >= 2 else None


def _mentions(folded: str, tokens: list[Token], claims: Claims) -> list[Token]:
    """The payees' names where they are said again without a cue."""
    known = sorted(
        {t.value for t in tokens if t.role in ("payee", "weak")}, key=lambda n: (-len(n), n)
    )
    if not known:
        return []
    pattern = re.compile("|".join(re.escape(name) for name in known[:_MENTIONS]))
    return [
        Token("name", m.start(), m.end(), m[0], "mention")
        for m in pattern.finditer(folded)
        if claims.take(m.start(), m.end())
    ]
