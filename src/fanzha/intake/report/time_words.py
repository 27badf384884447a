"""The words of time: days, parts of the day, clocks and spans ago, in Chinese and English."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from fanzha.intake.report.numerals import read_english, read_number

GAP = re.compile(
    r"(?i)[\s,的]{0,2}(?:at|on|around|about|by|in the|of|大概|大约|约|差不多"
    r"|快|是|在)?[\s,]?(?:about|around|roughly)?[\s,]?"
)
RANGE = re.compile(r"(?i)\s?(?:到|至|-|~|to|and|或者?|还是)\s?")
_N = r"(?:\d{1,2}|[一二两三四五六七八九十]{1,3})"
_M = r"(?:\d{1,2}|[零〇一二三四五六七八九十]{1,3})"
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
_WEEKDAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
_WEEKDAY = r"(?:mon|tues|wednes|thurs|fri|satur|sun)day"
_WORDS = (
    r"zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty"
    r"|forty|fifty"
)


@dataclass(frozen=True, slots=True)
class Day:
    """A day as said: so many days back, a weekday, or what of year, month, day was named."""

    back: int | None = None
    weekday: int | None = None
    week: int | None = None  # weeks back; None: the last such weekday
    year: int | None = None
    month: int | None = None
    day: int = 0

    def reckon(self, today: date) -> date:
        """The day meant, seen from `today`: never in the future unless the year was said."""
        if self.back is not None:
            return today - timedelta(days=self.back)
        if self.weekday is not None:
            if self.week is None:
                return today - timedelta(days=(today.weekday() - self.weekday) % 7)
            monday = today - timedelta(days=today.weekday() + 7 * self.week)
            return monday + timedelta(days=self.weekday)
        return self._dated(today)

    def _dated(self, today: date) -> date:
        year, month = self.year or today.year, self.month or today.month
        for _ in range(13):
            try:
                named = date(year, month, self.day)
            except ValueError:
                named = None
            if named and (self.year or named <= today):
                return named
            if self.month:
                year -= 1
            else:
                year, month = (year, month - 1) if month > 1 else (year - 1, 12)
        return today

    @property
    def possible(self) -> bool:
        """Whether there is such a day."""
        if self.back is not None or self.weekday is not None:
            return True
        try:
            date(self.year or 2024, self.month or 1, self.day)
        except ValueError:
            return False
        return self.year is None or 1990 <= self.year <= 2100


@dataclass(frozen=True, slots=True)
class Clock:
    """A clock time; `certain` says that the half of the day is plain from the figure itself."""

    hour: int
    minute: int | None = None
    second: int | None = None
    certain: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A piece of a time and where it stands."""

    start: int
    end: int
    day: Day | None = None
    period: str = ""
    clock: Clock | None = None
    ago: tuple[timedelta, int] | None = None
    rough: bool = False


_BACK = {
    **dict.fromkeys(("今天", "今日", "今早", "今晨", "今晚", "当天", "今儿"), 0),
    **dict.fromkeys(("昨天", "昨日", "昨晚", "昨夜", "昨儿", "昨早"), 1),
    **dict.fromkeys(("前天", "前日", "前晚"), 2),
    "大前天": 3,
    **dict.fromkeys(("today", "this morning", "this afternoon", "this evening", "tonight"), 0),
    **dict.fromkeys(("yesterday", "last night"), 1),
    "the day before yesterday": 2,
    "day before yesterday": 2,
}
_PERIODS = {
    "dawn": "凌晨",
    "morning": "上昼 朝早 清晨 早上 早晨 上午 一大早 一早 今早 今晨 昨早 早 morning",
    "noon": "中午 正午 晌午 midday",
    "afternoon": "下昼 晏昼 午后 下午 傍晚 afternoon",
    "evening": "夜晚 晚上 夜里 晚间 夜间 今晚 昨晚 昨夜 前晚 晚 evening tonight night",
    "night": "半夜 深夜 后半夜",
}
_PERIOD_OF = {word: code for code, words in _PERIODS.items() for word in words.split()}
_DAY_WORDS = "|".join(sorted(_BACK, key=lambda w: -len(w)))
_PERIOD_WORDS = "|".join(
    w
    if len(w) > 1 and not w.isascii()
    else rf"\b{w}\b"
    if w.isascii()
    else rf"{w}(?=\d|[一二两三四五六七八九十]+点)"
    for w in sorted(_PERIOD_OF, key=lambda w: -len(w))
)
_DATES = re.compile(
    rf"(?P<iso>(?<!\d)(?P<y>\d{{4}})(?P<sep>[-/.年])(?P<m>\d{{1,2}})[-/.月](?P<d>\d{{1,2}})"
    r"(?!\d)[日号]?T?)"
    rf"|(?<![\d.])(?P<mm>{_N})月(?:份)?(?P<md>{_N})[日号]?"
    rf"|(?<![第A-Za-z\d一二三四五六七八九十])(?P<dd>{_N})[日号](?![楼线客房院车门店厅员码柜链机群])"
    rf"|(?P<word>{_DAY_WORDS})"
    rf"|(?P<which>上上|上|这|本)?个?(?:周|星期|礼拜)(?P<wd>[一二三四五六日天])"
    rf"|\b(?P<ed>\d{{1,2}})(?:st|nd|rd|th)?(?: of)? (?P<em>{_MONTH})\b\.?(?:,? (?P<ey>\d{{4}})\b)?"
    rf"|\b(?P<em2>{_MONTH})\.? (?P<ed2>\d{{1,2}})(?:st|nd|rd|th)?\b(?!:)(?:,? (?P<ey2>\d{{4}})\b)?"
    rf"|\b(?P<ewhich>last |this |on )?(?P<ewd>{_WEEKDAY})\b",
    re.IGNORECASE,
)
_CLOCKS = re.compile(
    rf"(?P<rough>大概|大约|差不多|约|将近|快|about |around |roughly )?(?:"
    rf"(?<![\d:.])(?P<h>\d{{1,2}}):(?P<mi>\d{{2}})(?::(?P<s>\d{{2}})(?:\.\d{{1,6}})?)?(?!["
    r"\d:])(?:\s?(?P<ap>[ap])\.?m\b\.?)?"
    rf"|(?<![\d.一二三四五六七八九十])(?P<zh>{_N})[点时](?:(?P<half>半)|(?P<quarter>[一三13"
    r"])刻|(?P<sharp>整)"
    rf"|过?(?P<zmf>{_M})分(?!钟前)(?:(?P<zs>{_M})秒)?|(?P<zm>\d{{2}}|[零〇][一二三四五六七"
    r"八九]|[二三四五]?十[一二三四五六七八九]?)"
    r"(?![\d点分十百千万亿元块笔次零一二三四五六七八九wk])|钟|(?P<open>(?=\d"
    r"|[零一二三四五六七八九十几]))|(?!间|候|[的]?(?:钱|事)))"
    rf"|(?<![\d.,£$€])(?P<eh>\d{{1,2}})(?:\.(?P<em>\d{{2}}))? ?(?P<ap2>[ap])\.?m\b\.?"
    rf"|(?P<oc>\d{{1,2}}|{_WORDS}) ?o'?clock"
    rf"|\b(?P<past>half past|quarter past|quarter to) (?P<ph>\d{{1,2}}|{_WORDS})\b"
    rf"|\bat (?P<noon>noon|midnight)\b|\b(?:at|around|about) (?P<bare>\d{{1,2}})(?![\d:.,%]"
    r"|\s?[a-z0-9£$€]))"
    rf"(?P<rough2>多|左右|前后|许|的样子|-?ish| or so)?",
    re.IGNORECASE,
)
_DAYTIME = re.compile("[午晨晚上夜早天日号昼]")
_AGO = re.compile(
    rf"(?P<n>半|\d{{1,3}}|[一二两三四五六七八九十]{{1,3}}|几)(?:个)?(?P<more>多)?(?P<half>"
    r"半)?(?:个)?(?P<more2>多)?"
    r"(?P<unit>小时|钟头|分钟|刻钟|天|周|星期|礼拜|个?月)(?P<more3>多|左右)?(?:之|以)?前"
    r"|(?P<now>刚才|刚刚|方才|刚(?=[转打汇付给])|\bjust now\b|\ba moment ago\b)"
    rf"|\b(?P<en>half an?|an?|\d{{1,3}}|{_WORDS}|a couple of|a few)(?: |-)?(?P<eu>minute"
    r"|min|hour|day|week|month)s? ago\b",
    re.IGNORECASE,
)
_SECONDS = {
    **dict.fromkeys(("分钟", "minute", "min"), 60),
    "刻钟": 900,
    **dict.fromkeys(("小时", "钟头", "hour"), 3600),
    **dict.fromkeys(("天", "day"), 86_400),
    **dict.fromkeys(("周", "星期", "礼拜", "week"), 7 * 86_400),
    **dict.fromkeys(("月", "个月", "month"), 30 * 86_400),
}
_PERIOD = re.compile(rf"(?:in the )?(?P<p>{_PERIOD_WORDS})", re.IGNORECASE)


def find_parts(folded: str) -> list[Part]:
    """All pieces of times in a folded text, in order and without overlap."""
    found = [*_ago_parts(folded), *_day_parts(folded), *_clock_parts(folded)]
    found += [
        Part(start=m.start(), end=m.end(), period=_PERIOD_OF[m["p"].lower()])
        for m in _PERIOD.finditer(folded)
    ]
    kept: list[Part] = []
    for part in sorted(found, key=lambda p: (p.start, -p.end)):
        if not kept or part.start >= kept[-1].end:
            kept.append(part)
    return kept


def _ago_parts(folded: str) -> Iterator[Part]:
    for m in _AGO.finditer(folded):
        ago = _ago(m)
        if ago:
            yield Part(start=m.start(), end=m.end(), ago=ago, rough=True)


def _ago(m: re.Match[str]) -> tuple[timedelta, int] | None:
    """How long ago, and how precisely: a round figure is less than it says."""
    if m["now"]:
        return timedelta(), 600
    unit = _SECONDS[(m["unit"] or m["eu"]).lower()]
    said = m["n"] or m["en"].lower()
    count = _count(said)
    if count is None:
        return None
    exact = unit == 60 and count % 5 and not (m["more"] or m["more2"] or m["more3"])
    seconds = int(unit * (count + (0.5 if m["half"] else 0)))
    precision = (
        60 if exact else 300 if unit == 60 else 900 if said.startswith(("半", "half")) else unit
    )
    return timedelta(seconds=seconds), precision


def _count(said: str) -> float | None:
    if said in ("半", "half a", "half an"):
        return 0.5
    if said in ("几", "a few", "a couple of"):
        return None
    if said in ("a", "an"):
        return 1
    value = read_number(said) if not said.isascii() or said.isdigit() else read_english(said)
    return None if value is None else float(value)


def _day_parts(folded: str) -> Iterator[Part]:
    for m in _DATES.finditer(folded):
        day = _day(m)
        if day and day.possible:
            word = (m["word"] or "").lower()
            period = _PERIOD_OF.get(word) or _PERIOD_OF.get(word.rpartition(" ")[2], "")
            yield Part(start=m.start(), end=m.end(), day=day, period=period)


def _day(m: re.Match[str]) -> Day | None:
    if m["iso"]:
        return Day(year=int(m["y"]), month=int(m["m"]), day=int(m["d"]))
    if m["mm"]:
        return Day(month=_number(m["mm"]), day=_number(m["md"]))
    if m["dd"]:
        return Day(day=_number(m["dd"]))
    if m["word"]:
        return Day(back=_BACK[m["word"].lower()])
    if m["wd"]:
        week = {"上": 1, "上上": 2, "这": 0, "本": 0}.get(m["which"] or "")
        return Day(weekday="一二三四五六日".index(m["wd"].replace("天", "日")), week=week)
    if m["ewd"]:
        last = (m["ewhich"] or "").lower() == "last "
        return Day(weekday=_WEEKDAYS.index(m["ewd"][:3].lower()), week=1 if last else None)
    month, day, year = m["em"] or m["em2"], m["ed"] or m["ed2"], m["ey"] or m["ey2"]
    return Day(
        year=int(year) if year else None,
        month=_MONTHS.index(month[:3].lower()) + 1,
        day=int(day),
    )


def _number(text: str) -> int:
    value = int(text) if text.isdigit() else read_number(text)
    return int(value) if value is not None else 0


def _clock_parts(folded: str) -> Iterator[Part]:
    for m in _CLOCKS.finditer(folded):
        clock = None if _decimal(m, folded) else _clock(m)
        if clock and clock.hour <= 24 and (clock.minute or 0) < 60 and (clock.second or 0) < 60:
            yield Part(
                start=m.start(), end=m.end(), clock=clock, rough=bool(m["rough"] or m["rough2"])
            )


def _decimal(m: re.Match[str], folded: str) -> bool:
    """Whether 点 is a decimal point (三点五万): no part of the day stands before."""
    return m["open"] is not None and not _DAYTIME.search(folded[max(0, m.start() - 1) : m.start()])


def _clock(m: re.Match[str]) -> Clock | None:
    if m["zh"]:
        return _chinese_clock(m)
    if m["h"]:
        hour, second = int(m["h"]), int(m["s"]) if m["s"] else None
        plain = hour >= 7 or m["h"].startswith("0") or hour == 0
        return _half(Clock(hour, int(m["mi"]), second, certain=plain), m["ap"])
    if m["eh"]:
        return _half(Clock(int(m["eh"]), int(m["em"]) if m["em"] else None), m["ap2"])
    if m["oc"]:
        return Clock(_word(m["oc"]))
    if m["bare"]:
        return Clock(int(m["bare"]), certain=int(m["bare"]) > 12)
    if m["noon"]:
        return Clock(12 if m["noon"].lower() == "noon" else 0, 0, certain=True)
    hour, past = _word(m["ph"]), m["past"].lower()
    minute = {"half past": 30, "quarter past": 15, "quarter to": 45}[past]
    return Clock(hour - (past == "quarter to"), minute)


def _chinese_clock(m: re.Match[str]) -> Clock:
    hour = _number(m["zh"])
    if m["half"]:
        minute: int | None = 30
    elif m["quarter"]:
        minute = 15 * _number(m["quarter"])
    elif m["sharp"]:
        minute = 0
    else:
        said = m["zmf"] or m["zm"]
        minute = _number(said.lstrip("零〇") or "零") if said else None
    second = _number(m["zs"].lstrip("零〇") or "零") if m["zs"] else None
    return Clock(hour, minute, second, certain=hour >= 12 or hour == 0)


def _half(clock: Clock, half: str | None) -> Clock:
    if not half:
        return clock
    hour = clock.hour % 12 + (12 if half.lower() == "p" else 0)
    return Clock(hour, clock.minute, clock.second, certain=True)


def _word(text: str) -> int:
    return int(text) if text.isdigit() else int(read_english(text) or 0)
