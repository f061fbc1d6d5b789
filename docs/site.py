"""Make pages of the site from what lies elsewhere: the commands, and Markdown outside `docs/`. A hook of mkdocs.

The built site may load nothing from another host: `on_post_build` fails where a page would.
"""

from __future__ import annotations

import posixpath
import re
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files
    from mkdocs.structure.pages import Page

CHECKOUT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(CHECKOUT))  # the checkout's commands, not those of an installed wheel

BROUGHT = {  # file of the checkout: page of the site
    "SECURITY.md": "security.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changes.md",
    "eval/README.md": "judge.md",
    "eval/VIOLATIONS.md": "violations.md",
    "eval/benchmarks/README.md": "benchmarks-in-full.md",
    "corpus/demo/page-light.webp": "pictures/page-light.webp",
    "corpus/demo/page-dark.webp": "pictures/page-dark.webp",
}
_LINK = re.compile(r"(?P<text>!?\[[^\]\n]*\])\((?P<target>[^)\s#]+)(?P<anchor>#[^)\s]*)?\)")
_LOADING = {"script": "src", "img": "src", "iframe": "src", "source": "src", "link": "href", "use": "href"}
_STYLE_LOADS = re.compile(r"(?:url\(\s*[\"']?|@import\s+[\"'])(https?:)?//(?P<host>[\w.-]+)")


def commands() -> str:
    """Return the page of every command and option, as the program itself tells them."""
    import typer.main

    from rag.cli import app

    root = typer.main.get_command(app)
    lines = ["# Commands", "", "Made from the program: `rag COMMAND --help` says the same.", ""]
    for name, command in tree(root):
        lines += [f"## rag {name}", "", *(line.strip() for line in (command.help or "").splitlines()), ""]
        if command.epilog:
            examples = [example for example in re.split(r"\s{3,}", command.epilog) if example]
            lines += ["```text", *(re.sub(r"^Examples?:\s*", "", example) for example in examples), "```", ""]
        if command.params:
            lines += ["| option | what it does |", "|---|---|"]
        for param in command.params:
            shown = ", ".join(f"`{option}`" for option in (*param.opts, *param.secondary_opts))
            shown = shown.upper() if param.param_type_name == "argument" else shown
            lines.append(f"| {shown} | {_cell(getattr(param, 'help', None) or '')} |")
        lines.append("")
    return "\n".join(lines)


def tree(root: Any, before: str = "") -> list[tuple[str, Any]]:
    """Return every command below one, with the words that call it."""
    found: list[tuple[str, Any]] = []
    for name, command in getattr(root, "commands", {}).items():
        words = f"{before} {name}".strip()
        found += tree(command, words) if hasattr(command, "commands") else [(words, command)]
    return found


def foreign(html: str) -> list[str]:
    """Return what a page would load from another host: scripts, styles, pictures, fonts. Links to follow are none."""
    loads = _Loads()
    loads.feed(html)
    return loads.found


class _Loads(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        address = given.get(_LOADING.get(tag, "")) or ""
        if tag == "link" and given.get("rel") in ("canonical", "next", "prev", "edit"):
            return
        if re.match(r"(?:https?:)?//", address):
            self.found.append(f"<{tag}> {address}")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the page of the commands, and what lies outside `docs/`."""
    from mkdocs.structure.files import File

    files.append(File.generated(config, "commands.md", content=commands()))
    for source, page in BROUGHT.items():
        files.append(File.generated(config, page, content=(CHECKOUT / source).read_bytes()))
    return files


def on_page_markdown(markdown: str, page: Page, **_: object) -> str:
    """Turn links between files of the checkout into links between pages; those to code become its name."""
    here = page.file.src_uri
    source = next((name for name, made in BROUGHT.items() if made == here), f"docs/{here}")
    return _LINK.sub(lambda link: _relinked(link, source, here), markdown)


def on_post_build(config: MkDocsConfig) -> None:
    """Fail where a page or a style loads something from another host."""
    from mkdocs.exceptions import PluginError

    site = Path(config.site_dir)
    loads = [f"{path.relative_to(site)}: {what}" for path in site.rglob("*.html") for what in foreign(path.read_text())]
    for path in site.rglob("*.css"):
        loads += [f"{path.relative_to(site)}: {found['host']}" for found in _STYLE_LOADS.finditer(path.read_text())]
    if loads:
        raise PluginError("the site would load from other hosts: " + "; ".join(loads))


def _relinked(link: re.Match[str], source: str, here: str) -> str:
    target, anchor = link["target"], link["anchor"] or ""
    if re.match(r"\w+:", target):
        return link[0]
    file = posixpath.normpath(posixpath.join(posixpath.dirname(source), target))
    page = BROUGHT.get(file) or (file.removeprefix("docs/") if file.startswith("docs/") else None)
    if page is None and (CHECKOUT / file).exists():
        return link["text"].removeprefix("!")[1:-1]
    to = posixpath.relpath(page, posixpath.dirname(here) or ".") if page else target
    return f"{link['text']}({to}{anchor})"


def _cell(text: str) -> str:
    return re.sub(r"\[/?[a-z ]+\]", "", " ".join(text.split())).replace("|", "\\|").replace("<", "&lt;")
