"""Letters in official form: what is printed is what was said, on paper as it should look."""

import asyncio
import io
import re
from datetime import date
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from noto_cjk_sans_otc import FONT_PATH
from pypdf import PdfReader
from pypdf.generic import DictionaryObject

from birthreg.kernel.letters import (
    LARGEST_BYTES,
    Letter,
    LetterTooLong,
    Section,
    Table,
    print_letter,
    word,
    write_day,
    write_number,
)
from birthreg.kernel.typesetting import Glyphs, form_of, legible, typeset

GLYPHS = Glyphs(FONT_PATH.read_bytes())
HOSTILE = [
    "#panic(1)",
    "*粗* _斜_ `码` $x^2$",
    '#read("/etc/passwd")',
    "= 标题",
    "- 项 + 项 / 项: 项",
    "\\ ~ @标签 <标签> [块] {块}",
    '"; letter.number = "',
    "// 注释 /* 注释 */",
    "https://example.test/#x",
]


def make_letter(**fields: Any) -> Letter:
    usual: dict[str, Any] = {
        "organization": "武汉市公安局",
        "document_number": "武公户〔2026〕12号",
        "title": ("关于出生医学证明编号", "列入失效名单的", "通报"),
        "addressee": "各有关公安机关",
        "sections": (
            Section(heading="一、编号", paragraphs=("编号为X420100010。",)),
            Section(paragraphs=("特此通报。",)),
        ),
        "dated": date(2026, 3, 5),
    }
    return Letter(**usual | fields)


def read(pdf: bytes) -> PdfReader:
    return PdfReader(io.BytesIO(pdf))


def words_of(pdf: bytes) -> str:
    """All that is printed, without line breaks and blanks."""
    return re.sub(r"[\s\u200b]+", "", "".join(page.extract_text() for page in read(pdf).pages))


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


async def test_a_letter_says_all_that_it_should_in_its_order() -> None:
    letter = make_letter(note="联系人:王敏", copies_to=("湖北省公安厅", "湖北省卫生健康委员会"))
    assert words_of(await print_letter(letter)) == (
        "武汉市公安局武公户〔2026〕12号关于出生医学证明编号列入失效名单的通报各有关公安机关\uff1a"
        "一、编号编号为X420100010。特此通报。武汉市公安局2026年3月5日\uff08联系人:王敏\uff09—1—"
        "抄送\uff1a湖北省公安厅\uff0c湖北省卫生健康委员会。武汉市公安局2026年3月5日印发—2—"
    )


async def test_the_same_letter_gives_the_same_bytes() -> None:
    first, second = await asyncio.gather(print_letter(make_letter()), print_letter(make_letter()))
    assert first == second


async def test_a_letter_is_a_pdf_for_archives_with_its_fonts_inside() -> None:
    document = read(await print_letter(make_letter()))
    assert document.metadata is not None
    assert document.metadata.title == "关于出生医学证明编号列入失效名单的通报"
    assert document.metadata.author == "武汉市公安局"
    assert b"<pdfaid:part>2</pdfaid:part>" in document.root_object["/Metadata"].get_data()  # type: ignore[attr-defined]
    assert document.root_object["/Lang"] == "zh-CN"
    fonts = document.pages[0]["/Resources"]["/Font"]  # type: ignore[index]
    assert fonts
    for font in fonts.values():
        (inner,) = font.get_object()["/DescendantFonts"]
        assert "NotoSansCJKsc" in inner.get_object()["/BaseFont"]
        assert embedded(inner.get_object()["/FontDescriptor"])


def embedded(descriptor: DictionaryObject) -> bool:
    return "/FontFile2" in descriptor or "/FontFile3" in descriptor


async def test_the_page_is_a4() -> None:
    box = read(await print_letter(make_letter())).pages[0].mediabox
    assert (round(box.width), round(box.height)) == (595, 842)


def test_an_announcement_of_twenty_pages_numbers_each_and_repeats_the_tables_head() -> None:
    rows = tuple((str(at), f"X42{at:04d}010", "1") for at in range(1, 501))
    table = Table(title="编号清单", columns=("序号", "编号", "数量"), widths=(1, 2, 1), rows=rows)
    pages = read(typeset(make_letter(attachments=(table, table)))).pages
    assert len(pages) >= 20
    for number, page in enumerate(pages, start=1):
        assert squeezed(page.extract_text()).endswith(f"—{number}—")
    printed = [squeezed(page.extract_text()) for page in pages]
    assert sum("序号编号数量" in page for page in printed) >= 20
    assert all(row[1] in "".join(printed) for row in rows)
    assert "附件\uff1a1.编号清单2.编号清单" in printed[0] + printed[1]
    assert [page[:3] for page in printed if page.startswith("附件")] == ["附件1", "附件2"]


def test_the_signature_never_stands_alone_on_a_page() -> None:
    for lines in range(1, 24):
        sections = (Section(paragraphs=(*("一行。",) * lines, "特此通报。")),)
        last = squeezed(read(typeset(make_letter(sections=sections))).pages[-1].extract_text())
        assert last.find("特此通报。") < last.rfind("2026年3月5日")
        assert "特此通报。" in last


@pytest.mark.parametrize("hostile", HOSTILE)
def test_text_is_never_read_as_markup(hostile: str) -> None:
    letter = make_letter(
        organization=f"局{hostile}",
        addressee=hostile,
        title=(f"题{hostile}",),
        sections=(Section(heading=hostile, paragraphs=(hostile, f"文{hostile}")),),
        attachments=(Table(title=hostile, columns=(hostile,), widths=(1,), rows=((hostile,),)),),
        note=hostile,
        copies_to=(hostile,),
    )
    assert words_of(typeset(letter)).count(squeezed(hostile)) >= 11


def test_a_letter_whose_number_is_still_to_be_given_leaves_a_place_for_it() -> None:
    assert "〔2026〕号" in words_of(typeset(make_letter(document_number=None)))
    assert form_of(make_letter(document_number=" "))["number"] == "〔2026〕\u3000\u3000\u3000号"


@pytest.mark.parametrize(
    "typed",
    [
        "武公户〔2026〕12号",
        "武公户[2026]12号",
        "武公户(2026)12号",
        "武公户\uff082026\uff0912号",
        " 武公户 【 2026 】 12号 ",
    ],
)
def test_the_year_of_a_number_stands_in_its_brackets(typed: str) -> None:
    assert write_number(typed, year=2025) == "武公户〔2026〕12号"


def test_a_day_is_written_without_zeros() -> None:
    assert write_day(date(2026, 3, 5)) == "2026年3月5日"


def test_a_letters_own_sentences_have_full_width_signs_and_what_is_filled_in_stays() -> None:
    assert word("经查,{name}(申请人):", name="a,b") == "经查\uff0ca,b\uff08申请人\uff09\uff1a"


@pytest.mark.parametrize(
    ("typed", "printed"),
    [
        ("张𬎆", "张𬎆"),
        ("张\U00030000", "张〓〔U+30000〕"),
        ("张\ue123", "张〓〔U+E123〕"),
        ("笑😀", "笑〓〔U+1F600〕"),
        ("王\u202e敏\u2069\u200b", "王敏"),
        ("王\x07\x00敏\x7f", "王敏"),
        ("葛\U000e0101城", "葛城"),
        ("a\t\r\n b", "a b"),
        ("\u3164\u200d", "〓"),
        ("", ""),
    ],
)
def test_what_the_font_lacks_is_named_and_what_hides_is_left_out(typed: str, printed: str) -> None:
    assert legible(typed, GLYPHS) == printed


def test_a_rare_character_is_printed_with_its_code_point_for_a_hand_to_fill_in() -> None:
    assert "张〓〔U+30000〕\uff1a" in words_of(typeset(make_letter(addressee="张\U00030000")))


def test_a_run_without_blanks_stays_on_the_page() -> None:
    run = "W" * 600
    letter = make_letter(sections=(Section(paragraphs=(run, "特此通报。")),))
    pages = [page.extract_text().replace("\u200b", "") for page in read(typeset(letter)).pages]
    assert "".join(pages).count("W") == 600
    assert len([line for page in pages for line in page.splitlines() if "WW" in line]) > 15


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(min_size=1), st.text(min_size=1), st.text(min_size=1, max_size=60), st.none() | st.text())
def test_any_text_can_be_printed(name: str, paragraph: str, organization: str, number: str | None) -> None:
    letter = make_letter(
        organization=organization,
        document_number=number,
        addressee=name,
        title=(name, organization),
        sections=(Section(heading=name, paragraphs=(paragraph,)),),
        note=name,
    )
    assert typeset(letter).startswith(b"%PDF-")


async def test_a_letter_over_the_limit_is_refused() -> None:
    with pytest.raises(LetterTooLong):
        await print_letter(make_letter(addressee="甲" * LARGEST_BYTES))


async def test_a_letter_that_says_nothing_is_a_fault_of_ours() -> None:
    with pytest.raises(RuntimeError):
        await print_letter(make_letter(organization=""))


async def test_other_work_goes_on_while_a_letter_is_set() -> None:
    rows = tuple((str(at),) for at in range(1500))
    table = Table(title="清单", columns=("序号",), widths=(1,), rows=rows)
    setting = asyncio.create_task(print_letter(make_letter(attachments=(table,))))
    turns = 0
    while not setting.done():
        await asyncio.sleep(0)
        turns += 1
    assert (await setting).startswith(b"%PDF-")
    assert turns > 100


def test_a_letter_survives_its_way_to_the_process() -> None:
    letter = make_letter(attachments=(Table(title="甲", columns=("乙",), widths=(1,), rows=(("丙",),)),))
    assert msgspec.json.decode(msgspec.json.encode(letter), type=Letter) == letter
