"""The pages tell every command and option, point to what is there, and would load nothing from another host."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typer.main

from docs.site import BROUGHT, commands, foreign, tree
from rag.cli import app

CHECKOUT = Path(__file__).resolve().parent.parent
PAGES = [CHECKOUT / "README.md", *sorted((CHECKOUT / "docs").rglob("*.md"))]
PAGES += [CHECKOUT / name for name in BROUGHT if name.endswith(".md")]
TREE = tree(typer.main.get_command(app))


def test_every_option_is_told() -> None:
    """The page of the commands has each command, and each option with a word on what it does."""
    page = commands()
    rows = dict(re.findall(r"^\| (`.*?`) \| (.*?) \|$", page, re.MULTILINE))
    for name, command in TREE:
        assert f"## rag {name}\n" in page
        assert command.help, f"rag {name} lacks its sentence"
        for param in command.params:
            shown = next(row for row in rows if f"`{param.opts[0]}`".casefold() in row.casefold())
            assert rows[shown], f"rag {name} {shown} lacks its help"
            assert getattr(param, "help", None), f"rag {name} {param.opts[0]} lacks its help"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(CHECKOUT)))
def test_links_lead_somewhere(page: Path) -> None:
    """A link to a file of the repository has its file, and its heading. Pages that the site makes are there for it."""
    text = re.sub(r"^```.*?^```", "", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    made = {*BROUGHT.values(), "commands.md"}
    for target, anchor in re.findall(r"\]\(([^)\s#]*)(#[^)\s]*)?\)", text):
        if re.match(r"\w+:", target) or target.removeprefix("../") in made:
            continue
        file = (page.parent / target).resolve() if target else page
        assert file.exists(), f"{page.name}: {target}"
        if anchor and file.suffix == ".md":
            headings = re.findall(r"^#+ (.*)$", file.read_text("utf-8"), re.MULTILINE)
            slugs = {re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-") for heading in headings}
            assert anchor[1:] in slugs, f"{page.name}: {target}{anchor}"


def test_what_a_page_would_load_from_elsewhere_is_told() -> None:
    """Scripts, styles and pictures of other hosts are seen; links to follow, and addresses of our own, are not."""
    told = foreign('<script src="https://cdn.test/a.js"></script><link rel="stylesheet" href="//cdn.test/a.css">')
    assert told == ["<script> https://cdn.test/a.js", "<link> //cdn.test/a.css"]
    assert (
        foreign('<a href="https://arxiv.org/abs/1">a</a><img src="a.png"><link rel="canonical" href="https://a.b">')
        == []
    )
