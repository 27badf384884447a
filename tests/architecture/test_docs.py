"""What the documents say is so: commands, flags, make targets, files, settings."""

from __future__ import annotations

import argparse
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from examples.generate import write_case

from fanzha.cli import main, parser
from fanzha.settings import read_settings

ROOT = Path(__file__).parents[2]
DONE, SOME_REFUSED = 0, 3  # as docs/operate/logs-and-exit-codes.md says
STANDARD = ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", "examples/README.md")
PAGES = [ROOT / name for name in STANDARD] + sorted((ROOT / "docs").rglob("*.md"))
README_ORDER = (
    "What it is and for whom",
    "Pictures",
    "A demo in one minute",
    "What it does not do, and when not to trust it",
    "Status",
    "Measured",
    "Install and first run",
    "The idea in ten lines",
    "Map of the code",
    "Standards",
    "Lawful use and privacy",
    "Contributing",
)

FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.S | re.M)
SPAN = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\]\(([^)\s]+)\)")
FLAG = re.compile(r"(?<![\w-])--[a-z][\w-]*")


def each_page(pages: list[Path]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("page", pages, ids=lambda p: str(p.relative_to(ROOT)))


def shell_lines(text: str) -> Iterator[str]:
    """The lines of shell fences, continued lines joined, comments left out."""
    for language, body in FENCE.findall(text):
        if language == "sh":
            for line in body.replace("\\\n", " ").splitlines():
                if line.strip():
                    yield line.partition(" # ")[0].strip()


def runnable(text: str) -> Iterator[str]:
    """The commands of shell fences, each stage of a pipe by itself."""
    for line in shell_lines(text):
        yield from re.split(r"\s[|>]\s", line)


def mentioned(text: str) -> Iterator[str]:
    """Every stretch of code that may name a command: runnable or a synopsis."""
    yield from runnable(text)
    for language, body in FENCE.findall(text):
        if language == "text":
            yield from body.splitlines()
    yield from SPAN.findall(FENCE.sub("", text))


def find(command: str) -> tuple[str, argparse.ArgumentParser]:
    """The command's full name and its parser: `casebook erase` has one of its own."""
    found, name = parser(), []
    for word in command.split()[1:]:
        choices = subcommands(found)
        if word not in choices:
            break
        found = choices[word]
        name.append(word)
    return " ".join(name), found


def subcommands(above: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    for action in above._actions:
        if isinstance(action, argparse._SubParsersAction):
            return dict(action.choices)
    return {}


def flags(command: argparse.ArgumentParser) -> set[str]:
    return {
        name
        for action in command._actions
        for name in action.option_strings
        if name.startswith("--") and name != "--help"
    }


def commands_of(found: Iterator[str]) -> list[str]:
    return [line.strip() for line in found if line.strip().startswith("fanzha ")]


@each_page(PAGES)
def test_commands_and_flags_exist(page: Path) -> None:
    for command in commands_of(mentioned(page.read_text("utf-8"))):
        name, found = find(command)
        assert name or "…" in command, f"{command}: no such command"
        unknown = set(FLAG.findall(command)) - flags(found)
        assert not unknown, f"{command}: {unknown}"


WALKS = ("tutorial", "how-to", "operate")
SKIPPED = ("make ", ". ", "umask")  # set-up, done already


def test_every_command_to_copy_runs_one_after_the_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    write_case(tmp_path / "examples" / "case", 600, seed=1)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    assert run("fanzha work examples/case --out out/case") == SOME_REFUSED  # as `make run` does
    pages = [page for folder in WALKS for page in sorted((ROOT / "docs" / folder).glob("*.md"))]
    pages.sort(key=lambda page: page.name != "hand-over-a-hold.md")  # others go on from its hold
    for page in pages:
        for line in shell_lines(page.read_text("utf-8")):
            if not line.startswith(SKIPPED):
                assert run(line) in (DONE, SOME_REFUSED), f"{line}\n{capfd.readouterr().err[-500:]}"


def run(line: str) -> int:
    """The exit code of a line of a page; a plain command of ours runs in this process."""
    if line.startswith("fanzha ") and not re.search(r"\s[|>]\s", line):
        return main(shlex.split(line)[1:])
    return subprocess.run(["sh", "-c", line], check=False).returncode


@each_page(PAGES)
def test_commands_to_copy_can_be_run_as_they_stand(page: Path) -> None:
    for command in commands_of(runnable(page.read_text("utf-8"))):
        try:
            parser().parse_args(shlex.split(command)[1:])
        except SystemExit as refused:
            pytest.fail(f"{command}: refused with {refused.code}")


def test_the_reference_names_every_command_with_every_flag() -> None:
    said: dict[str, set[str]] = {}
    for language, body in FENCE.findall((ROOT / "docs/reference/cli.md").read_text("utf-8")):
        if language == "text":
            for line in body.splitlines():
                said[find(line)[0]] = set(FLAG.findall(line))
    wanted = {
        f"{name} {step}".strip(): flags(subcommands(command).get(step, command))
        for name, command in subcommands(parser()).items()
        for step in subcommands(command) or ("",)
    }
    for name in ("trace", "work"):
        assert len(wanted[name]) > 5  # the parser was really read
    assert said == wanted


@each_page(PAGES)
def test_make_targets_exist(page: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.M))
    code = list(mentioned(page.read_text("utf-8")))
    named = {word for line in code for word in re.findall(r"^\s*make ([a-z]+)\b", line)}
    assert named <= targets


@each_page(PAGES)
def test_links_lead_somewhere(page: Path) -> None:
    for link in LINK.findall(FENCE.sub("", page.read_text("utf-8"))):
        if not link.startswith(("http://", "https://", "#")):
            target = (page.parent / link.partition("#")[0]).resolve()
            assert target.exists(), link


@each_page(PAGES)
def test_paths_named_in_code_exist(page: Path) -> None:
    for code in mentioned(page.read_text("utf-8")):
        for word in code.split():
            path = word.strip(".,;:()'\"")
            if re.fullmatch(r"(src|tests|docs|benchmarks|examples)/[\w./-]+", path):
                if path.startswith("examples/case"):  # written by `make run`
                    continue
                assert (ROOT / path).exists(), path


def test_settings_are_all_described_and_no_others() -> None:
    source = (ROOT / "src/fanzha/settings.py").read_text("utf-8")
    described = set(
        re.findall(r"`(FANZHA_\w+)`", (ROOT / "docs/reference/cli.md").read_text("utf-8"))
    )
    assert described == set(re.findall(r'"(FANZHA_\w+)"', source))
    assert len(described) == len(read_settings().__slots__)
    for page in PAGES:
        assert set(re.findall(r"FANZHA_[A-Z]+", page.read_text("utf-8"))) <= described


def test_every_page_is_reached_from_the_index() -> None:
    index = ROOT / "docs/index.md"
    linked = {(index.parent / link).resolve() for link in LINK.findall(index.read_text("utf-8"))}
    assert {p.resolve() for p in (ROOT / "docs").rglob("*.md")} - linked == {index.resolve()}


def test_the_readme_has_its_sections_in_order() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    assert tuple(re.findall(r"^## (.+)$", text, re.M)) == README_ORDER


def test_decisions_are_short_and_have_their_three_parts() -> None:
    pages = sorted((ROOT / "docs/decisions").glob("*.md"))
    assert [p.name[:4] for p in pages] == [f"{n:04d}" for n in range(1, len(pages) + 1)]
    for page in pages:
        text = page.read_text("utf-8")
        assert re.findall(r"\*\*(\w+)\.\*\*", text) == ["Context", "Decision", "Consequences"]
        assert len(text.splitlines()) <= 24
