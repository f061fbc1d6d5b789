r"""Write what LaTeX and reStructuredText say of headings, citations and lists of references as Markdown says it.

Models answer in both where they were asked for a paper or a docstring. Only what names works or parts the text is
written anew (`\bibitem`, `\section`, `.. [1]`, `[1]_`, an environment's ends, emphasis); words are left as they are.
Not handled: macros of one's own, and reStructuredText's named links.
"""

from __future__ import annotations

import re

_LATEX = re.compile(r"\\(?:bibitem|begin\{(?:document|thebibliography)\}|(?:sub)*section\*?\{)")
_AS_MARKDOWN = (
    (re.compile(r"\\begin\{thebibliography\}(?:\{[^{}\n]{0,20}\})?"), "\n## References\n"),
    (re.compile(r"\\bibitem(?:\[[^\[\]\n]{0,80}\])?\{([^{}\n]{1,80})\}[ \t]*\n?[ \t]*"), r"\n[\1]: "),
    (re.compile(r"\\(?:sub)*section\*?\{([^{}\n]{1,200})\}"), r"\n## \1\n\n"),
    (re.compile(r"\\begin\{quot(?:e|ation)\}\s*([^\\{}]{1,4000})\\end\{quot(?:e|ation)\}"), r"\n> \1\n\n"),
    (re.compile(r"\\(?:begin|end)\{\w{1,20}\*?\}|\\(?:maketitle|newblock)\b"), "\n"),
    (re.compile(r"\\(?:emph|textit|textsl)\{([^{}]{1,300})\}"), r"*\1*"),
    (re.compile(r"\\item\b[ \t]*"), "\n- "),
    (re.compile(r"(?<!\\)~"), " "),
    (re.compile(r"\\(?=[%&_#$])"), ""),
)  # fmt: skip
_RST_ENTRY = re.compile(r"^[ \t]{0,3}\.\.[ \t]+\[#?(?P<name>[\w.:+-]{1,60}|\*)\][ \t]+(?=\S)", re.MULTILINE)
_RST_MARK = re.compile(r"\[#?(?P<name>[\w.:+-]{1,60}|\*)\]_(?!\w)")


def as_markdown(text: str) -> str:
    """Return a text with the marks and lists of LaTeX and reStructuredText as those of Markdown."""
    if _LATEX.search(text):
        for form, markdown in _AS_MARKDOWN:
            text = form.sub(markdown, text)
    if _RST_ENTRY.search(text):
        text = _RST_MARK.sub(r"[\g<name>]", _RST_ENTRY.sub(r"\n[\g<name>]: ", text))
    return text
