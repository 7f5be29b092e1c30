"""The manual as a page, rendered from the handbook in the installation: it asks nothing from outside."""

import re
from collections.abc import Sequence
from functools import cache
from html import escape
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

from birthreg.kernel.language import Text

_HANDBOOK = Path(__file__).resolve().parents[1] / "handbook"

_HAN = re.compile(r"[\u3400-\u9fff]")
_FULL_WIDTH = re.compile(r"[\u3000-\u303f\uff00-\uffef]")

DEMONSTRATION = Text(
    "演示系统:人员与数据均为虚构,账号密码公开,请勿用于实际登记。",
    "This is a demonstration: invented people and data, passwords that everybody knows. Register nobody by it.",
)
"""Stands on every page of an instance that has demonstration officers."""

_PAGE = """<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>birthreg · 使用手册</title>
<style>
body {{ font: 16px/1.6 system-ui, "Noto Sans CJK SC", sans-serif }}
body {{ max-width: 48rem; margin: 2rem auto; padding: 0 1rem }}
table {{ border-collapse: collapse }} td, th {{ border: 1px solid #bbb; padding: .3rem .6rem; text-align: left }}
code {{ background: #f2f2f2; padding: 0 .2rem }} pre code {{ display: block; padding: .6rem; overflow-x: auto }}
[role=alert] {{ background: #b00020; color: #fff; padding: .6rem 1rem }}
</style>
</head>
<body>
{banner}<nav><a href="/schema">接口说明 · doors</a></nav>
{manual}</body>
</html>
"""


def read_chapter(name: str) -> str:
    """Return a chapter of the handbook as it is written."""
    return (_HANDBOOK / f"{name}.md").read_text(encoding="utf-8")


def _break_line(_renderer: object, tokens: Sequence[Token], place: int, *_: object) -> str:
    """Join two lines of a Chinese paragraph without the blank that a browser makes of the line's end."""
    ends = (tokens[place - 1].content[-1:], tokens[place + 1].content[:1])
    is_chinese = any(map(_FULL_WIDTH.match, ends)) or all(map(_HAN.match, ends))
    return "" if is_chinese else "\n"


@cache
def _rendered(text: str) -> str:
    # Markup in the text is shown as text: the page says nothing but what the handbook says.
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    markdown.add_render_rule("softbreak", _break_line)
    page: str = markdown.render(text)
    return page


def show_page(text: str, *, demonstration: bool) -> str:
    """Return a text of the handbook as HTML, under a banner where the instance is a demonstration."""
    said = escape(f"{DEMONSTRATION.zh} {DEMONSTRATION.en}")
    banner = f'<p role="alert"><strong>{said}</strong></p>\n' if demonstration else ""
    return _PAGE.format(banner=banner, manual=_rendered(text))


@cache
def _manual() -> str:
    return read_chapter("manual")


def show_manual(*, demonstration: bool) -> str:
    """Return the manual as HTML, under a banner where the instance is a demonstration."""
    return show_page(_manual(), demonstration=demonstration)
