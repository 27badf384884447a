"""Which elements a reader does not see, and by which trick: the page's own style sheets decide.

Only what stands in the page is known; a style sheet in another file is never fetched, so an
element that only such a file hides counts as seen.
"""

from __future__ import annotations

import re

from fanzha.recognise.page.markup import Element, Markup

MAX_COMPARED = 2_000_000  # elements with rules; behind that only what an element says itself
_PART = re.compile(r"([#.]?)([\w-]+)")
_COMPOUND = re.compile(r"(?:[\w-]+|\*)?(?:[#.][\w-]+)*")
_LENGTH = re.compile(r"(-?\d*\.?\d+)\s*(px|em|rem|pt|%|vw|vh)?")
_COLOUR = re.compile(r"#[0-9a-f]{3,8}|rgba?\([^)]{0,40}\)|[a-z]{3,20}")
_BY_SCRIPT = re.compile(r"getElementById\(\s*[\"']([\w-]{1,80})[\"']\s*\)\s*\.\s*style\s*\.\s*display\s*=\s*[\"']none", re.I)  # fmt: skip  # noqa: E501
_FAR = -500.0  # pixels or more: no screen shows it
_NAMED = {"white": "#ffffff", "black": "#000000", "transparent": ""}
# Where these are the only sign, words are more often a design than a trick.
WEAK = frozenset({"same_colour", "aria_hidden"})

Declarations = dict[str, str]


# `div.a .b` as its parts, innermost first, each a list of tag, class and id names.
Selector = tuple[tuple[tuple[str, str], ...], ...]


def mark_hidden(markup: Markup) -> None:
    """Write into every element whether it is hidden, how, and by which ancestor."""
    sheet = _Sheet(markup)
    scripted = _hidden_by_script(markup)
    backgrounds: dict[int, str] = {}
    for element in markup.elements[1:]:
        parent = element.parent
        style = _style(element, sheet)
        ground = _colour(style.get("background-color") or style.get("background", ""))
        inherited = backgrounds.get(id(parent), "")
        backgrounds[id(element)] = ground or inherited
        if parent and parent.hidden and parent.hidden not in WEAK:
            element.hidden, element.hidden_by = parent.hidden, parent.hidden_by
            continue
        by_script = "hidden_by_script" if element.attrs.get("id") in scripted else ""
        element.hidden = by_script or _trick(element, style, ground or inherited)
        if element.hidden:
            element.hidden_by = element
        elif parent and parent.hidden:
            element.hidden, element.hidden_by = parent.hidden, parent.hidden_by


def _hidden_by_script(markup: Markup) -> frozenset[str]:
    scripts = (e for e in markup.elements if e.tag == "script")
    return frozenset(
        name for e in scripts for name in _BY_SCRIPT.findall(markup.document[e.inner : e.end])
    )


def _trick(element: Element, style: Declarations, ground: str) -> str:
    """The catalogue code (under `page_why.`) of the way in which it hides itself, or nothing."""
    attrs = element.attrs
    if style.get("display") == "none" or ("hidden" in attrs and "display" not in style):
        return "hidden_by_display"
    if style.get("visibility") in ("hidden", "collapse") or _number(style, "opacity") == 0:
        return "hidden_by_visibility"
    if _off_screen(style):
        return "hidden_off_screen"
    if _without_size(element, style):
        return "hidden_by_size"
    words = _colour(style.get("color", ""))
    if words and words == ground:
        return "same_colour"
    return "aria_hidden" if attrs.get("aria-hidden", "").lower() == "true" else ""


def _off_screen(style: Declarations) -> bool:
    moved = style.get("position") in ("absolute", "fixed", "relative")
    sides = ("left", "top", "right", "bottom") if moved else ()
    far = ("text-indent", "margin-left", "margin-top", *sides)
    return any((_pixels(style, name) or 0.0) <= _FAR for name in far)


def _without_size(element: Element, style: Declarations) -> bool:
    size = _pixels(style, "font-size")
    if size is not None and size <= 1:
        return True
    if "rect(0" in style.get("clip", "") or "inset(50%" in style.get("clip-path", ""):
        return True
    if style.get("overflow", "").startswith(("hidden", "clip")):
        narrow = (_pixels(style, n) for n in ("width", "height", "max-height", "max-width"))
        return any(n is not None and n <= 1 for n in narrow)
    if element.tag == "marquee":
        sides = (element.attrs.get(n, "99") for n in ("width", "height"))
        return any(s.isdigit() and int(s) <= 5 for s in sides if len(s) < 9)
    return False


def _number(style: Declarations, name: str) -> float | None:
    found = _LENGTH.fullmatch(style.get(name, "").strip())
    return float(found[1]) if found else None


def _pixels(style: Declarations, name: str) -> float | None:
    """A length in pixels, roughly: an em as 16, a hundredth of the window as 10."""
    found = _LENGTH.fullmatch(style.get(name, "").strip())
    if not found or (found[2] == "%" and name == "font-size"):
        return None
    scale = {"em": 16, "rem": 16, "pt": 1.33, "%": 10, "vw": 10, "vh": 10}
    return float(found[1]) * scale.get(found[2] or "px", 1)


def _colour(value: str) -> str:
    found = _COLOUR.search(value)
    if not found:
        return ""
    colour = _NAMED.get(found[0], found[0])
    if colour.startswith("#") and len(colour) == 4:
        return "#" + "".join(c * 2 for c in colour[1:])
    if colour.startswith("rgb("):
        parts = re.findall(r"\d{1,3}", colour)[:3]
        return "#" + "".join(f"{min(int(p), 255):02x}" for p in parts)
    return colour


def _style(element: Element, sheet: _Sheet) -> Declarations:
    """What the page's style sheets and the element itself say; the element has the last word."""
    style = sheet.style(element)
    return style | _declarations(element.attrs["style"]) if "style" in element.attrs else style


class _Sheet:
    """The rules of the page's style elements that could hide something, by their last part."""

    def __init__(self, markup: Markup) -> None:
        self._rules: dict[str, dict[Selector, Declarations]] = {}
        self._left = MAX_COMPARED
        for sheet in (e for e in markup.elements if e.tag == "style"):
            for selectors, body in _top_level(_uncommented(markup.document, sheet)):
                declarations = _declarations(body)
                for selector in selectors.split(",") if declarations else ():
                    self._add(_compounds(selector), declarations)

    def _add(self, selector: Selector, declarations: Declarations) -> None:
        if selector:
            rules = self._rules.setdefault("".join(selector[0][-1]), {})
            rules[selector] = rules.get(selector, {}) | declarations

    def style(self, element: Element) -> Declarations:
        """All declarations whose selector fits the element."""
        style: Declarations = {}
        if not self._rules:
            return style
        classes = element.attrs.get("class", "").split()[:16]
        keys = ["*", element.tag, *(f".{c}" for c in classes), f"#{element.attrs.get('id', '')}"]
        for key in keys:
            for selector, declarations in self._rules.get(key, {}).items():
                if self._left > 0 and self._fits(element, selector):
                    style |= declarations
        return style

    def _fits(self, element: Element, selector: Selector) -> bool:
        self._left -= 1
        if not _is(element, selector[0]):
            return False
        node = element.parent
        for compound in selector[1:]:
            while node and not _is(node, compound):
                self._left -= 1
                node = node.parent
            if not node:
                return False
            node = node.parent
        return True


def _is(element: Element, compound: tuple[tuple[str, str], ...]) -> bool:
    for sort, name in compound:
        if sort == "." and name not in element.attrs.get("class", "").split():
            return False
        if sort == "#" and element.attrs.get("id") != name:
            return False
        if sort == "" and name not in (element.tag, "*"):
            return False
    return True


def _uncommented(document: str, sheet: Element) -> str:
    parts, at, end = [], sheet.inner, sheet.end
    while (opening := document.find("/*", at, end)) >= 0:
        parts.append(document[at:opening])
        closing = document.find("*/", opening + 2, end)
        at = end if closing < 0 else closing + 2
    return "".join([*parts, document[at:end]])


def _top_level(text: str) -> list[tuple[str, str]]:
    """Selector and body of each rule that holds on every screen: nothing inside an @-block."""
    found: list[tuple[str, str]] = []
    depth, mark, selector = 0, 0, ""
    for brace in re.finditer(r"[{}]", text):
        if brace[0] == "{":
            if depth == 0:
                selector = text[mark : brace.start()].rpartition(";")[2].strip()
            depth, mark = depth + 1, brace.end()
        elif depth:
            depth -= 1
            if depth == 0:
                if not selector.startswith("@") and len(selector) < 500:
                    found.append((selector, text[mark : brace.start()]))
                mark = brace.end()
    return found


def _compounds(selector: str) -> Selector:
    """The parts of a selector; none for one that depends on more than names."""
    parts = selector.replace(">", " ").split()
    if not parts or len(parts) > 8 or not all(_COMPOUND.fullmatch(p) for p in parts):
        return ()
    split = [tuple(_PART.findall(p)) or (("", "*"),) for p in reversed(parts)]
    return tuple(
        tuple((sort, name.lower() if not sort else name) for sort, name in p) for p in split
    )


_TELLING_NAMES = (
    "display visibility opacity font-size width height max-width max-height overflow "
    "position left top right bottom text-indent margin-left margin-top clip clip-path "
    "color background background-color"
)
_TELLING = frozenset(_TELLING_NAMES.split())


def _declarations(text: str) -> Declarations:
    found: Declarations = {}
    for declaration in text[:4096].split(";"):
        name, _, value = declaration.partition(":")
        name = name.strip().lower()
        if name in _TELLING:
            found[name] = value.replace("!important", "").strip().lower()[:80]
    return found
