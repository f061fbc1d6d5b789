"""Print an answer as HTML: one self-contained page that loads nothing and runs only its own script, or a fragment.

The page carries a Content-Security-Policy that allows images from itself, and one style sheet and one script by their
hashes. Every template escapes what it is given; marked as safe are only the style sheet, the script and images.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Sequence
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from rag.answers import Answer, Citation
from rag.papers import paper_key
from rag.printing import arrange, workflow_drawing
from rag.printing.bibtex import to_bibtex
from rag.printing.escape import inert, plain, web_address

if TYPE_CHECKING:
    from jinja2 import Environment

    from rag.printing.page_pictures import PageImage, Picture

Pictures = Callable[[Citation], "Sequence[Picture] | None"]

REFUSALS = {
    "not_in_allowed_papers": "The allowed papers do not carry this question.",
    "unreadable": "The allowed papers could not be read.",
    "paper_not_allowed": "The question names a paper that is not among the allowed ones.",
}
CROP_ASIDE, CROP_ABOVE = 14.0, 46.0  # points of page around a quote, at least
CROP_WIDTH, CROP_HEIGHT = 260.0, 230.0  # points: a smaller cut-out would magnify too much and show too little
_TITLE_LENGTH = 90


def to_html(answer: Answer, pictures: Pictures | None = None) -> str:
    """Return the page; `pictures` gives a citation's pictures, one per page it touches (`album(...).get`)."""
    quotes = arrange.Quotes.of(answer)
    found = {citation: pages for citation in quotes.numbers if pictures and (pages := pictures(citation))}
    sheets: dict[tuple[str, PageImage], list[tuple[int, Picture]]] = {}
    for citation, pages in found.items():
        for picture in pages:
            sheet = sheets.setdefault((quotes.name(citation.paper), picture.image), [])
            sheet.append((quotes.numbers[citation], picture))
    title = plain(answer.question)
    return (
        environment()
        .get_template("page.html")
        .render(
            answer=answer,
            quotes=quotes,
            pictures=found,
            sheets=sheets,
            title=title if len(title) <= _TITLE_LENGTH else f"{title[:_TITLE_LENGTH]}…",
        )
    )


def to_notebook(answer: Answer) -> str:
    """Return the answer as a compact fragment of HTML for a notebook cell."""
    return environment().get_template("notebook.html").render(answer=answer, quotes=arrange.Quotes.of(answer))


@cache
def environment() -> Environment:
    """Return what renders the templates: everything in them is escaped, and a name that nobody gave is an error."""
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    def data_uri(image: PageImage) -> Markup:
        return Markup(f"data:{image.mime};base64,{base64.b64encode(image.data).decode()}")  # noqa: S704

    made = Environment(
        loader=PackageLoader("rag.printing"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: inert(value) if isinstance(value, str) and not isinstance(value, Markup) else value,
    )
    made.filters |= {
        "data_uri": data_uri,
        "elided": arrange.elided,
        "g": "{:g}".format,
        "plain": plain,
        "sha256": lambda text: f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}",
        "web_address": web_address,
    }
    shared = [arrange.joints, arrange.page_address, arrange.pages, arrange.paragraphs, arrange.people]
    shared += [arrange.stage_claims, crop, paper_key, to_bibtex, workflow_drawing.drawings]
    made.globals |= {function.__name__: function for function in shared}
    made.globals |= {
        "EMPTY": arrange.EMPTY,
        "FONT": workflow_drawing.FONT,
        "MARK_FONT": workflow_drawing.MARK_FONT,
        "NOT_STATED": arrange.NOT_STATED,
        "REFUSALS": REFUSALS,
        "STAGES": arrange.STAGES,
        "STATES": arrange.STATES,
    }
    for name in ("page.css", "page.js"):
        text = files("rag.printing").joinpath(name).read_text(encoding="utf-8")
        made.globals["style" if name == "page.css" else "script"] = Markup(text)  # noqa: S704
    return made


def crop(picture: Picture) -> tuple[float, float, float, float]:
    """Return left, top, width and height of the part of the page around a quote, in points."""
    image, boxes = picture.image, picture.rectangles
    left, right = min(box.left for box in boxes), max(box.right for box in boxes)
    top, bottom = min(box.top for box in boxes), max(box.bottom for box in boxes)
    left, right = _around(left, right, CROP_ASIDE, CROP_WIDTH, image.width)
    top, bottom = _around(top, bottom, CROP_ABOVE, CROP_HEIGHT, image.height)
    return left, top, right - left, bottom - top


def _around(start: float, end: float, margin: float, least: float, limit: float) -> tuple[float, float]:
    """Widen a stretch by a margin on both sides, to some least length, within the page."""
    margin = max(margin, (least - (end - start)) / 2)
    return max(0.0, start - margin), min(limit, end + margin)
