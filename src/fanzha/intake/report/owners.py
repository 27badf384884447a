"""Whose a bank or an account number is: the caller's own, or the payee's."""

from __future__ import annotations

import re

from fanzha.intake.report.clauses import Clause
from fanzha.intake.report.tokens import Token

_MINE = re.compile(
    r"(?i)(?:我(?:自己|本人|名下)?(?:的|这边)?[^,。对他她转汇打给]{0,10}(?:卡"
    r"|账|户|行)[^,。对他她转汇打]{0,8}|(?:从|用)(?:我|自己)?[^,。对他她转汇打]{0,14}"
    r"|(?:本人|付款|转出|本方)[^,。]{0,8}"
    r"|\b(?:my(?: own)?|from)\b[^,.]{0,30})$"
)
_THEIRS = re.compile(
    r"(?i)(?:对方|他们?|她们?|收款|骗子|转(?:到|给|入|进|至)|汇(?:到|给|入|至)"
    r"|打(?:到|给|进)|给(?:我)?(?:的|了)|发(?:我|来|给)|\b(?:his|her|their|to"
    r"|into|payee|beneficiary|recipient)\b)[^,。]{0,22}$"
)
_FROM = re.compile(
    r"(?i)(?:用|从|拿|通过|登录?|使用|我(?:自己|本人)?(?:名下)?的?(?:那张|这张)?"
    r"|我们|在|去|去了|\b(?:from|using|via|through|my|use|used)(?: my| the| our"
    r"| a)?)(?:了)?(?:我)?(?:自己)?的?(?:手机|中国)?\s?$"
)
_OUT_OF = re.compile(r"(?:从|由|用)(?:我|她|他|妈妈?|爸爸?|家里)?(?:自己)?的?\s?$")
_INTO = re.compile(
    r"(?i)(?:到|至|入|进|对方[^,。]{0,6}|(?:他|她|卡)(?:的|是)?|开户(?:银?行"
    r"|网点)?(?:是|:|在|\s)?|收款(?:银?行|账户)?(?:是|:|\s)?|给了?(?:他|她)?的?"
    r"|\b(?:to|at|into|his|her|their|payee|beneficiary|receiving)(?: an?| his"
    r"| her| their| the)?(?: bank)?(?: is| was|:)?|\bbank(?: is| was|:)?|\b(?:is"
    r"|was|held) (?:with|at))\s?$"
)
_THEN_PAYS = re.compile(
    r"(?i)\s?(?:银行)?(?:的)?(?:卡|储蓄卡|信用卡|手机银行|app|网银|账户)?(?:里"
    r"|上|里面)?(?:直接|分|一次性|又|先)?(?:给|转|汇|打|付|刷|把)"
)


def owns(token: Token, clause: Clause, folded: str) -> str:
    """`victim` or `payee`, or empty for a bank of which the words do not tell."""
    if token.kind == "bank":
        return _bank(token, clause, folded)
    before = folded[max(clause.start, token.start - 36) : token.start]
    mine, theirs = _MINE.search(before), _THEIRS.search(before)
    if not mine:
        return "payee"
    return "payee" if theirs and theirs.start() > mine.start() else "victim"


def _bank(token: Token, clause: Clause, folded: str) -> str:
    before = folded[max(clause.start, token.start - 16) : token.start]
    if _OUT_OF.search(before):
        return "victim"
    if _INTO.search(before):
        return "payee"
    if _FROM.search(before) or _THEN_PAYS.match(folded, token.end):
        return "victim"
    mine = re.search(r"我的?[^,。]{0,6}$|(?i:\bfrom my\b[^,.]{0,12}$)", before)
    if mine and not re.search("转|打|汇|给", before):
        return "victim"
    return "payee" if _THEIRS.search(before) else ""
