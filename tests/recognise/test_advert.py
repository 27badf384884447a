"""Adverts: the story's four, the golden ones, and that nothing about persons changes anything."""

from __future__ import annotations

import dataclasses
import itertools
import json
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fanzha.errors import NotAllowed, UsageError
from fanzha.model.catalogue import LANGS, has
from fanzha.recognise.advert import Lure, check_advert
from fanzha.recognise.advert.reading import MOST_CHARACTERS
from fanzha.recognise.advert.tables import signs, table

TESTS = Path(__file__).parents[1]
STORY = [
    json.loads(line)
    for line in (TESTS / "assets/stories/s10.jsonl").read_text("utf-8").splitlines()
]
QUOTES = {
    "AD1": {
        "border_town": "缅北",
        "pay_above_median": "日薪3000",
        "free_ticket": "包机票",
        "free_lodging": "包吃住",
        "no_qualification": "无需学历经验",
        "messenger_only": "只加Telegram联系",
        "urgency": "名额有限",
    },
    "AD2": {
        "pay_above_median": "国内5倍",
        "visa_not_work": "旅游签",
        "picked_up": "公司统一接机",
        "typing_test": "打字测试",
    },
    "AD3": {
        "licence": "经营资格证书",
        "qualification_required": "要求日语",
        "contract_language": "中日双语合同",
        "fee_disclosure": "服务费明细",
    },
    "AD4": {
        "qualification_required": "注册护士",
        "employer_domain": "hr@hospital.example.sg",
        "skill_test": "面试含护理技能",
        "work_visa": "承担工作准证",
    },
}


@pytest.mark.parametrize("advert", STORY, ids=lambda advert: advert["id"])
def test_the_storys_adverts(advert: dict[str, str]) -> None:
    lure = check_advert(advert["text"])
    assert lure.level == advert["lure"]
    assert lure.kinds == ("overseas_job",)
    quotes = {f.code: f.quote for f in (*lure.risk, *lure.protective)}
    assert QUOTES[advert["id"]].items() <= quotes.items()
    if lure.level == "low":
        assert [f.code for f in lure.risk] == ["work_abroad"]
    else:
        assert lure.protective == ()


@dataclasses.dataclass(frozen=True)
class Golden:
    title: str
    text: str
    expected: tuple[str, ...]


def golden() -> list[Golden]:
    found = []
    for path in sorted((TESTS / "golden/adverts").glob("*.txt")):
        for block in ("\n" + path.read_text("utf-8")).split("\n=== ")[1:]:
            told, _, expected = block.partition("\n---\n")
            title, _, text = told.partition("\n")
            found.append(Golden(f"{path.stem}: {title}", text, tuple(expected.split("\n"))))
    return found


GOLDEN = golden()


def test_there_are_enough_golden_adverts_of_every_kind() -> None:
    assert len(GOLDEN) >= 40
    kinds = {kind for advert in GOLDEN for kind in check_advert(advert.text).kinds}
    assert {"overseas_job", "job", "mule_recruitment", "goip_hosting", "courier"} <= kinds
    assert {"task_job", "smuggling"} <= kinds


@pytest.mark.parametrize("advert", GOLDEN, ids=lambda advert: advert.title)
def test_golden(advert: Golden) -> None:
    lure = check_advert(advert.text)
    levels = [line for line in advert.expected if line.startswith("level: ")]
    assert len(levels) == 1, "every block says its level"
    for line in filter(None, advert.expected):
        assert _holds(lure, line), f"{line!r} does not hold: {_told(lure)}"


def _holds(lure: Lure, line: str) -> bool:
    key, _, value = line.partition(" ")
    flagged = lure.level in ("medium", "high")
    match key:
        case "level:":
            return {"flagged": flagged, "not flagged": not flagged}.get(value, lure.level == value)
        case "kinds:":
            return set(lure.kinds) == set(value.split())
        case "+" | "-":
            code, _, quote = value.partition(" ")
            side = lure.risk if key == "+" else lure.protective
            return any((f.code, f.quote) == (code, quote) for f in side)
        case "route:":
            return value == ", ".join(f"{stop.role} {stop.place}" for stop in lure.route)
        case "contact:":
            return value in {f"{c.kind} {c.value}" for c in lure.contacts}
    raise AssertionError(f"unknown key {key}")


def _told(lure: Lure) -> str:
    features = [(f.code, f.quote) for f in (*lure.risk, *lure.protective)]
    return f"{lure.level} {lure.kinds} {features} {lure.route} {lure.contacts}"


@pytest.mark.parametrize("advert", GOLDEN, ids=lambda advert: advert.title)
def test_every_quote_is_what_stands_there_and_has_its_reason(advert: Golden) -> None:
    lure = check_advert(advert.text)
    for part in (*lure.risk, *lure.protective):
        assert part.quote == advert.text[part.start : part.end] != ""
        assert part.weight > 0
    for contact in lure.contacts:
        assert contact.display == advert.text[contact.start : contact.end]
    assert lure.reasons
    assert lure == check_advert(advert.text)


# Same length in each group, so that not even an offset may change.
NATIONALITIES = ["中国籍", "缅甸籍", "泰国籍", "越南籍", "印度籍", "美国籍"]
HOME_TOWNS = ["福建人优先", "云南人优先", "河南人优先", "贵州人优先", "四川人优先", "广西人优先"]
AGES = ["18-35岁", "20-45岁", "40-60岁", "16-22岁"]
SEXES = ["男性", "女性", "女生", "男生", "美女", "帅哥"]
ORIGINS = ["来自安溪", "来自龙岩", "来自临沧", "来自瑞丽", "来自北京"]
PEOPLE = ["Kenyans", "Indians", "Turkish", "Chinese", "Laotian"]
ENGLISH = ["female", "ladies", "women ", "males  ", "girls "]


def _wanted(nationality: str, home: str, age: str, sex: str, origin: str) -> str:
    return f"限{nationality}，{home}，{age}，{sex}，{origin}均可。"


@pytest.mark.parametrize("advert", [*STORY, *({"text": g.text} for g in GOLDEN)])
@pytest.mark.parametrize("where", ["before", "inside", "behind"])
def test_who_is_wanted_changes_nothing_at_all(advert: dict[str, str], where: str) -> None:
    groups = (NATIONALITIES, HOME_TOWNS, AGES, SEXES, ORIGINS)
    choices = [tuple(group[i % len(group)] for group in groups) for i in range(6)]
    results = {_in_place(advert["text"], _wanted(*choice), where) for choice in choices}
    assert len(results) == 1


def _in_place(text: str, wanted: str, where: str) -> str:
    place = {"before": 0, "inside": len(text) // 2, "behind": len(text)}[where]
    lure = check_advert(text[:place] + wanted + text[place:])
    return json.dumps(dataclasses.asdict(lure), ensure_ascii=False, default=str)


@pytest.mark.parametrize("name", ["people", "sex"])
def test_who_is_wanted_changes_nothing_in_english(name: str) -> None:
    words = {"people": PEOPLE, "sex": ENGLISH}[name]
    assert len({len(word) for word in words}) == 1 or name == "sex"
    text = "{} wanted: customer service in Dubai, tourist visa, $900 per week, WhatsApp only"
    results = [_shape(check_advert(text.format(word))) for word in words]
    assert results[0][0] == "high"
    assert all(result == results[0] for result in results)


def test_of_other_length_only_the_offsets_move() -> None:
    text = "招{}，{}，去泰国做客服，旅游签入境，只加Telegram，月薪3万"
    who = [("缅甸籍", "18-25岁"), ("哈萨克斯坦籍", "年龄不限"), ("乌干达国籍女性", "20岁以上")]
    results = [_shape(check_advert(text.format(*words))) for words in who]
    assert results[0][0] == "high"
    assert results[0] == results[1] == results[2]


def test_a_home_town_is_no_way_and_no_place_of_work() -> None:
    assert check_advert("招聘普工，缅甸人优先，来自老挝的也可，月薪6000").route == ()
    assert check_advert("招聘普工，果敢人优先，月薪6000").level == "none"
    assert check_advert("招聘普工，去果敢上班，月薪6000").level != "none"


def _shape(lure: Lure) -> tuple[object, ...]:
    """All that is found, without offsets."""
    features = [(f.code, f.quote, f.weight) for f in (*lure.risk, *lure.protective)]
    route = [(stop.role, stop.place, stop.country) for stop in lure.route]
    contacts = [(c.kind, c.value) for c in lure.contacts]
    pay = lure.pay and (lure.pay.quote, lure.pay.ratio, lure.pay.country)
    return lure.level, lure.kinds, features, route, contacts, pay, lure.advice


LISTS = {
    "csv": "姓名,护照号,国籍,年龄\n张三,E00000000,中国,25\n李四,E00000001,泰国,31",
    "manifest": "Name;Passport;Nationality;Flight\nA. Doe;E00000000;Kenyan;XX123",
    "rows without a head": "张三\tE00000000\t缅甸\nLi Si\tE00000001\t老挝",
    "countries and ages": "Ann, Kenya, 23\nBen, Uganda, 31\nCat, Ethiopia, 27",
    "two columns": "姓名,护照号\n张三,E00000000",
    "one record": "张三，男，1990-01-01，护照E00000000，XX1234",
    "json": '[{"sex":"F","passport":"E00000000"},\n{"sex":"M","passport":"E00000001"}]',
    "a wish": "请给以下旅客名单打分，找出可疑的人：张三、李四、王五",
    "a wish in English": "Score these passengers by risk: Ann, Ben, Cat",
}


@pytest.mark.parametrize("name", LISTS)
def test_a_list_of_persons_is_refused(name: str) -> None:
    with pytest.raises(NotAllowed) as refused:
        check_advert(LISTS[name])
    assert refused.value.code == "people_not_scored"
    assert has("error.people_not_scored")


@pytest.mark.parametrize(
    "text",
    [
        "招聘普工，请发送姓名、年龄、护照号、联系电话至 hr@works.example",
        "Apply with name, age, nationality and passport copy to hr@works.example",
        "岗位,人数,月薪\n普工,20,6000\n焊工,5,9000\n司机,3,8000",
        "Cities: Beijing, China\nShanghai, China\nKunming, China",
    ],
)
def test_an_advert_that_asks_for_particulars_is_no_list(text: str) -> None:
    assert check_advert(text).level in ("none", "low")


def test_one_sign_more_never_lowers_the_level() -> None:
    order = ["none", "low", "medium", "high"]
    base = "柬埔寨公司招客服"
    for extra in ("，旅游签入境", "，护照由公司保管", "，只加Telegram", "，不要告诉家人"):
        text = base + extra
        assert order.index(check_advert(text).level) >= order.index(check_advert(base).level)
        base = text
    assert check_advert(base).level == "high"


def test_a_licence_number_does_not_buy_off_a_crime() -> None:
    honest = "，人力资源服务许可证编号见官网，签订双语合同，费用明细公开，五险一金"
    assert check_advert("高价收银行卡，日租300" + honest).level == "high"
    assert check_advert("去缅北做客服，护照由公司保管" + honest).level == "high"


def test_a_warning_at_the_end_does_not_hide_a_lure() -> None:
    lure = check_advert("缅北客服，日薪3000，包机票，加飞机号 kk_work66。警方提醒：切勿轻信诈骗")
    assert lure.level == "high"


@pytest.mark.parametrize("side", ["risk", "protective"])
def test_every_sign_has_its_sentence_and_is_found_somewhere(side: str) -> None:
    for code in signs(side):
        assert has(f"lure.feature_{code}"), code
    found = {
        f.code
        for advert in (*(g.text for g in GOLDEN), *(a["text"] for a in STORY), *MORE)
        for f in (check_advert(advert).risk if side == "risk" else check_advert(advert).protective)
    }
    assert set(signs(side)) - found == set()


MORE = [
    "赴韩务工，请先交押金5000，发送护照照片，可向中国驻韩国使馆核实",
    "泰国酒店招前台，加微信 hotel_88888，公司统一接机",
]


def test_kinds_and_advice_have_their_texts() -> None:
    for advert in GOLDEN:
        lure = check_advert(advert.text)
        assert all(has(f"lure.kind_{kind}") for kind in lure.kinds)
        for key in (f"advice_{lure.advice}", f"family_{lure.advice}", f"level_{lure.level}"):
            assert has(f"lure.{key}")
    assert set(table("features")) == {"offer", "risk", "protective"}
    assert len(LANGS) == 3


def test_a_book_is_refused_and_a_long_advert_is_quick() -> None:
    with pytest.raises(UsageError) as refused:
        check_advert("招" * (MOST_CHARACTERS + 1))
    assert refused.value.code == "advert_too_long"


@pytest.mark.parametrize(
    "unit",
    [
        "招聘客服月薪3万",
        "a-",
        "a ",
        "1,234 ",
        "日薪",
        "出租、",
        "中国、",
        "leave and pay ",
        "不",
        "\u200b",
    ],
)
def test_time_grows_no_faster_than_the_text(unit: str) -> None:
    check_advert("warm up 缅北")
    long = unit * (MOST_CHARACTERS // len(unit))
    start = time.process_time()
    check_advert(long[: len(long) // 4])
    quarter = time.process_time() - start
    start = time.process_time()
    check_advert(long)
    assert time.process_time() - start < max(1.0, 4 * 2.5 * quarter)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=300))
def test_any_text_is_read(text: str) -> None:
    try:
        lure = check_advert(text)
    except NotAllowed:
        return
    assert lure.reasons
    for part in itertools.chain(lure.risk, lure.protective):
        assert part.quote == text[part.start : part.end]
