"""Put an answer into one self-contained HTML file that loads nothing and runs only its own script.

The file carries a Content-Security-Policy that allows images from itself, and one style sheet and one script by
their hashes; text from outside passes `text.safe` on its way in.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from importlib.resources import files
from string import Template

from rag.answers import Answer, Citation
from rag.printing import page_claims, page_surroundings
from rag.printing.arrange import plain
from rag.printing.escape import safe
from rag.printing.page_pictures import PageImage, Picture
from rag.printing.page_quotes import Quotes

Pictures = Callable[[Citation], Sequence[Picture] | None]

CROP_ASIDE, CROP_ABOVE = 14.0, 46.0  # points of page around a quote, at least
CROP_WIDTH, CROP_HEIGHT = 260.0, 230.0  # points: a smaller cut-out would magnify too much and show too little
_TITLE_LENGTH = 90


def html(answer: Answer, pictures: Pictures | None = None) -> str:
    """Return the page; `pictures` gives a citation's pictures, one per page it touches (`pictures.album(...).get`)."""
    quotes = Quotes.of(answer)
    pictured = {citation: tuple((pictures and pictures(citation)) or ()) for citation in quotes.numbers}
    style, script = _asset("page.css"), _asset("page.js")
    title = plain(answer.question)
    return Template(_asset("page.html")).substitute(
        policy=_policy(style, script),
        title=safe(title if len(title) <= _TITLE_LENGTH else f"{title[:_TITLE_LENGTH]}…"),
        style=style,
        script=script,
        body="\n".join(part for part in _body(answer, quotes, pictured) if part),
        foot=page_surroundings.provenance(answer),
        sheets="\n".join(_sheets(quotes, pictured)),
    )


def _body(answer: Answer, quotes: Quotes, pictured: dict[Citation, tuple[Picture, ...]]) -> Iterator[str]:
    papers = page_surroundings.papers(answer)
    yield page_surroundings.head(answer, quotes)
    yield from page_surroundings.notices(answer, quotes)
    yield page_surroundings.refusal(answer)
    yield from page_claims.sections(answer, quotes, papers)
    yield page_surroundings.gaps(answer, quotes)
    if papers and all(section.kind != "papers" for section in answer.sections):
        yield f'<section aria-labelledby="papers"><h2 id="papers">Papers</h2>{papers}</section>'
    yield page_surroundings.coverage(answer, quotes)
    yield page_surroundings.register(quotes.register(pictured), len(quotes.numbers))
    yield page_surroundings.dropped(answer)


@cache
def _asset(name: str) -> str:
    return files("rag.printing").joinpath(name).read_text(encoding="utf-8")


def _policy(style: str, script: str) -> str:
    return (
        f"default-src 'none'; img-src data:; style-src '{_hash(style)}'; script-src '{_hash(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


# --- pages of papers -------------------------------------------------------------------------------------------


def _sheets(quotes: Quotes, pictured: dict[Citation, tuple[Picture, ...]]) -> Iterator[str]:
    """Yield every pictured page once, with the rectangles of each quote that stands on it."""
    shown: dict[tuple[str, int, bytes], tuple[PageImage, str, list[str]]] = {}
    for citation, pictures in pictured.items():
        for picture in pictures:
            image = picture.image
            about = f"{quotes.name(citation.paper)}, page {image.number}"
            _, _, groups = shown.setdefault((about, image.number, image.data), (image, about, []))
            groups.append(_highlight(quotes.numbers[citation], picture))
    for image, about, groups in shown.values():
        yield _sheet(image, about, "".join(groups))


def _sheet(image: PageImage, about: str, groups: str) -> str:
    size = f'width="{image.width:g}" height="{image.height:g}"'
    data = base64.b64encode(image.data).decode()
    return (
        f'<div class="leaf" hidden><svg class="sheet" viewBox="0 0 {image.width:g} {image.height:g}" role="img" '
        f'aria-label="{safe(about)}, with the quote marked">'
        f'<image {size} preserveAspectRatio="none" href="data:{image.mime};base64,{data}"/>{groups}</svg></div>'
    )


def _highlight(number: int, picture: Picture) -> str:
    boxes = "".join(
        f'<rect x="{box.left - 1:.1f}" y="{box.top:.1f}" width="{box.right - box.left + 2:.1f}" '
        f'height="{box.bottom - box.top:.1f}" rx="1.5"/>'
        for box in picture.rectangles
    )
    left, top, width, height = crop(picture)
    return f'<g data-q="{number}" data-crop="{left:.1f} {top:.1f} {width:.1f} {height:.1f}" hidden>{boxes}</g>'


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
