"""A certificate as it leaves the printer: a layout of our own, flat, with invented people on it.

Places are given in the paper's own units, `WIDTH` × `HEIGHT`, and drawn at any scale.
"""

import math
import random
from datetime import UTC, date, datetime, timedelta
from functools import cache

import cv2
import fontpkg_arimo
import fontpkg_inconsolata
import fontpkg_pt_serif
import msgspec
import noto_cjk_sans_otc
import numpy as np
import pylopdf_fonts_zh_cn
import zxingcpp
from PIL import Image, ImageDraw, ImageFont

from birthreg.kernel.citizen_numbers import check_character

WIDTH, HEIGHT = 1600, 1130
FONTS = {
    "song": pylopdf_fonts_zh_cn.serif_path(),
    "hei": noto_cjk_sans_otc.FONT_PATH,
    "arimo": fontpkg_arimo.ROOT / "files" / "Arimo[wght].ttf",
    "pt": fontpkg_pt_serif.ROOT / "files" / "PT_Serif-Web-Bold.ttf",
    "mono": fontpkg_inconsolata.ROOT / "files" / "Inconsolata[wdth,wght].ttf",
}
SIMPLIFIED = 2  # the face of simplified Chinese inside the collection
RED, BLACK, GREY = (178, 24, 36), (28, 26, 30), (70, 70, 76)
TINTS = {4: (222, 240, 228), 5: (246, 228, 232), 6: (226, 236, 246), 7: (250, 243, 212)}
LINES = {4: (120, 170, 135), 5: (196, 130, 145), 6: (110, 140, 180), 7: (190, 160, 90)}
LETTERS = {4: "EFGHIJKLMN", 5: "OPQRS", 6: "TUVWX", 7: "XYZ"}
PROVINCES = [
    f"{code}"
    for code in (*range(11, 16), *range(21, 24), *range(31, 38), *range(41, 47), *range(50, 55), *range(61, 66))
]
SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢"
GIVEN = "子涵宇轩梓浩然欣怡诗雨晨佳明思远博文雅琪俊杰若曦嘉懿一诺安安亦可芷沐辰清和知行悦宁静秀兰建国桂英志强丽华海燕"
PLACES = [
    "湖北省武汉市武昌区",
    "河南省郑州市金水区",
    "四川省成都市锦江区",
    "广东省广州市越秀区",
    "湖南省长沙市岳麓区",
    "江苏省南京市鼓楼区",
    "山东省济南市历下区",
    "陕西省西安市碑林区",
    "贵州省遵义市红花岗区",
    "云南省昆明市五华区",
]
STREETS = ["中山路", "人民路", "解放大道", "建设街", "珞珈山路", "青年路", "长江路", "新华街", "文化路", "和平里"]
HOSPITALS = ["妇幼保健院", "人民医院", "中心医院", "第一医院", "中医院", "第三人民医院"]
GROUPS = ["汉族", "汉族", "汉族", "汉族", "回族", "苗族", "土家族", "壮族", "满族", "彝族"]


class Sheet(msgspec.Struct):
    """What stands on a paper, and how it is printed."""

    number: str
    edition: int
    fields: dict[str, str]
    look: int
    seal_at: tuple[float, float]
    qr: bool


@cache
def font(name: str, size: int, weight: int = 0) -> ImageFont.FreeTypeFont:
    """A font at a size in pixels; `weight` for those that can vary."""
    face = ImageFont.truetype(str(FONTS[name]), size, index=SIMPLIFIED if name == "hei" else 0)
    if weight and name in ("arimo", "mono"):
        face.set_variation_by_axes([weight, 100] if name == "mono" else [weight])
    return face


def draw_number(rng: random.Random, edition: int) -> str:
    """A number that could stand on a paper of the edition."""
    return rng.choice(LETTERS[edition]) + rng.choice(PROVINCES) + f"{rng.randrange(10_000_000):07}"


def draw_sheet(seed: int, edition: int | None) -> Sheet:
    """Invent a child, its parents and its paper; the same seed invents the same."""
    rng = random.Random(seed)
    drawn = rng.choices((4, 5, 6, 7), (1, 2, 3, 4))[0]
    edition = edition or drawn
    number = draw_number(random.Random(seed * 7 + edition), edition)
    born = datetime(2005 + edition * 2, 1, 1, tzinfo=UTC) + timedelta(minutes=rng.randrange(2 * 365 * 1440))
    place = rng.choice(PLACES)
    surname = rng.choice(SURNAMES)
    hospital = place + rng.choice(HOSPITALS)
    fields = {
        "child_name": surname + name_of(rng),
        "sex": rng.choice("男女"),
        "birth_time": f"{born:%Y}年{born:%m}月{born:%d}日{born:%H}时{born:%M}分",
        "birth_place": place,
        "weeks": f"{rng.randint(36, 41)}周+{rng.randint(0, 6)}天",
        "weight": f"{rng.randint(2400, 4300)}克",
        "length": f"{rng.randint(46, 54)}厘米",
        **parent(rng, "mother", born.date(), place),
        **parent(rng, "father", born.date(), place, surname),
        "institution": hospital,
        "issuer": hospital,
        "issued_on": f"{born + timedelta(days=rng.randint(2, 40)):%Y年%m月%d日}",
    }
    seal_at = (rng.uniform(1180, 1340), rng.uniform(930, 985))
    return Sheet(number, edition, fields, rng.randrange(1 << 30), seal_at, qr=edition == 7 and rng.random() < 0.4)


def name_of(rng: random.Random) -> str:
    return "".join(rng.choices(GIVEN, k=rng.choice((1, 2, 2, 2))))


def parent(rng: random.Random, who: str, born: date, place: str, surname: str = "") -> dict[str, str]:
    """A mother's or father's fields."""
    age = rng.randint(21, 41)
    birthday = born - timedelta(days=age * 365 + 90 + rng.randint(0, 200))
    sex = rng.randrange(0, 10, 2) + (who == "father")
    body = (
        f"{rng.choice(PROVINCES)}0{rng.randint(1, 9)}{rng.randint(10, 29)}{birthday:%Y%m%d}{rng.randint(0, 99):02}{sex}"
    )
    return {
        f"{who}_name": (surname or rng.choice(SURNAMES)) + name_of(rng),
        f"{who}_age": f"{age}",
        f"{who}_nationality": "中国",
        f"{who}_ethnic_group": rng.choice(GROUPS),
        f"{who}_address": f"{place}{rng.choice(STREETS)}{rng.randint(1, 300)}号",
        f"{who}_citizen_number": body + check_character(body),
    }


class Drawing:
    """A paper being drawn at a scale."""

    def __init__(self, sheet: Sheet, width: int) -> None:
        """`width` is in pixels."""
        self.sheet, self.scale = sheet, width / WIDTH
        self.rng = random.Random(sheet.look)
        self.size = (width, round(HEIGHT * self.scale))
        self.image = Image.new("RGB", self.size, TINTS[sheet.edition])
        self.pen = ImageDraw.Draw(self.image)
        self.value_font = self.rng.choice(("song", "hei"))
        self.ink = tuple(round(c + (90 - c) * self.rng.uniform(0, 0.5)) for c in BLACK)

    def px(self, *units: float) -> tuple[float, ...]:
        return tuple(unit * self.scale for unit in units)

    def text(
        self, x: float, y: float, text: str, *, name: str, size: float, fill: tuple[int, ...], **more: int
    ) -> float:
        """Write with the middle of the line at `y`; returns the width in units."""
        face = font(name, max(6, round(size * self.scale)), more.get("weight", 0))
        self.pen.text(self.px(x, y), text, font=face, fill=fill, anchor="lm")
        return face.getlength(text) / self.scale


def draw_flat(sheet: Sheet, width: int) -> tuple[np.ndarray, tuple[float, float, float, float]]:
    """Draw the paper as BGR; the second value is where its number stands, (x, y, w, h) as parts of the width."""
    drawing = Drawing(sheet, width)
    draw_ground(drawing)
    draw_title(drawing)
    draw_table(drawing)
    box = draw_number_line(drawing)
    draw_foot(drawing)
    flat = cv2.cvtColor(np.asarray(drawing.image), cv2.COLOR_RGB2BGR)
    stamp(flat, sheet.fields["issuer"], sheet.seal_at, drawing)
    return flat, box


def draw_ground(drawing: Drawing) -> None:
    """Fine waves in the paper's colour, and its frame."""
    line = LINES[drawing.sheet.edition]
    tint = TINTS[drawing.sheet.edition]
    pale = tuple((2 * t + c) // 3 for t, c in zip(tint, line, strict=True))
    phase, wave = drawing.rng.uniform(0, 6), drawing.rng.uniform(60, 130)
    for row in range(60, HEIGHT - 50, 17):
        points = [(x, row + 9 * math.sin(x / wave + phase + row / 40)) for x in range(55, WIDTH - 50, 15)]
        drawing.pen.line([drawing.px(*point) for point in points], fill=pale, width=1)
    for inset, thick in ((34, 6), (48, 2)):
        box = drawing.px(inset, inset, WIDTH - inset, HEIGHT - inset)
        drawing.pen.rectangle(box, outline=line, width=max(1, round(thick * drawing.scale)))


def draw_title(drawing: Drawing) -> None:
    """What the paper is, in both languages."""
    colour = {4: (20, 90, 50), 5: RED, 6: (30, 60, 120), 7: RED}[drawing.sheet.edition]
    drawing.text(530, 150, "出生医学证明", name="song", size=84, fill=colour)
    drawing.text(612, 216, "BIRTH CERTIFICATE", name="pt", size=32, fill=colour)


def rows_of(fields: dict[str, str]) -> list[list[tuple[float, str, str]]]:
    """The table: in each row, the share of the width that a cell takes, its label and its value."""
    f = fields
    rows = [
        [(0.34, "新生儿姓名", f["child_name"]), (0.16, "性别", f["sex"]), (0.5, "出生时间", f["birth_time"])],
        [(0.4, "出生地", f["birth_place"]), (0.24, "出生孕周", f["weeks"]), (0.18, "体重", f["weight"]),
         (0.18, "身长", f["length"])],
    ]  # fmt: skip
    for who, title in (("mother", "母亲"), ("father", "父亲")):
        rows += [
            [(0.34, f"{title}姓名", f[f"{who}_name"]), (0.18, "年龄", f[f"{who}_age"]),
             (0.24, "国籍", f[f"{who}_nationality"]), (0.24, "民族", f[f"{who}_ethnic_group"])],
            [(0.5, "住址", f[f"{who}_address"]), (0.5, "身份证件号码", f[f"{who}_citizen_number"])],
        ]  # fmt: skip
    return [*rows, [(1, "接生机构名称", f["institution"])]]


def draw_table(drawing: Drawing) -> None:
    """Seven rows of labels and values, ruled."""
    left, right, top, height = 80, WIDTH - 80, 312, 76
    line = LINES[drawing.sheet.edition]
    thin = max(1, round(2 * drawing.scale))
    for index, row in enumerate(rows_of(drawing.sheet.fields)):
        x, y = float(left), top + index * height
        for share, label, value in row:
            wide = share * (right - left)
            drawing.pen.rectangle(drawing.px(x, y, x + wide, y + height), outline=line, width=thin)
            used = drawing.text(x + 12, y + height / 2, label, name="hei", size=23, fill=GREY)
            drawing.text(
                x + 26 + used + drawing.rng.uniform(0, 8), y + height / 2 + drawing.rng.uniform(-5, 5), value,
                name=drawing.value_font, size=29 if len(value) < 19 else 25, fill=drawing.ink,
            )  # fmt: skip
            x += wide


def draw_number_line(drawing: Drawing) -> tuple[float, float, float, float]:
    """The number where the edition has it, in one of the ways in which numbers are printed."""
    sheet, rng = drawing.sheet, drawing.rng
    x, y = {4: (560, 1050), 5: (1110, 130), 6: (1110, 130), 7: (1110, 96)}[sheet.edition]
    colour = RED if sheet.edition in (4, 6) else BLACK
    name = rng.choice(("arimo", "pt", "mono", "song"))
    prefix = rng.choice(("编号 ", "NO.", "编号：", ""))
    x += drawing.text(x, y, prefix, name="song", size=27, fill=GREY) + 10
    size, gap, start = rng.uniform(38, 46), rng.choice((0, 0, 12, 22)), x
    for index, character in enumerate(sheet.number):
        wide = drawing.text(x, y + rng.uniform(-1.2, 1.2), character, name=name, size=size, fill=colour, weight=650)
        x += wide + rng.uniform(0.5, 2.5) + (gap if index == 0 else 0)
    if sheet.edition == 7:
        draw_codes(drawing)
    return (start / WIDTH, (y - size * 0.5) / WIDTH, (x - start) / WIDTH, size / WIDTH)


def draw_codes(drawing: Drawing) -> None:
    """The seventh edition's barcode, and on some papers a QR code, of the same number."""
    sheet, scale = drawing.sheet, drawing.scale
    bars = zxingcpp.create_barcode(sheet.number, zxingcpp.BarcodeFormat.Code128).to_image(add_quiet_zones=False)
    paste(drawing, np.array(bars)[:1], (1130, 134), (390 * scale, 64 * scale))
    if sheet.qr:
        code = zxingcpp.create_barcode(sheet.number, zxingcpp.BarcodeFormat.QRCode).to_image()
        paste(drawing, np.array(code), (90, 80), (190 * scale, 190 * scale))


def paste(drawing: Drawing, code: np.ndarray, at: tuple[float, float], size: tuple[float, float]) -> None:
    big = cv2.resize(code, None, fx=8, fy=8, interpolation=cv2.INTER_NEAREST)
    grown = cv2.resize(big, (round(size[0]), round(size[1])), interpolation=cv2.INTER_AREA)
    x, y = drawing.px(*at)
    drawing.image.paste(Image.fromarray(grown), (round(x), round(y)))


def draw_foot(drawing: Drawing) -> None:
    """Who issued it, and when."""
    fields = drawing.sheet.fields
    for y, label, key in ((905, "签发机构", "issuer"), (965, "签发日期", "issued_on")):
        used = drawing.text(100, y, label, name="hei", size=25, fill=GREY)
        drawing.text(130 + used, y, fields[key], name=drawing.value_font, size=29, fill=drawing.ink)
    drawing.text(1060, 905, "签证机构（盖章）", name="hei", size=25, fill=GREY)
    drawing.text(100, 1040, "遗失须登报声明，涂改无效。", name="song", size=19, fill=GREY)


def stamp(flat: np.ndarray, owner: str, at: tuple[float, float], drawing: Drawing) -> None:
    """Press a round red seal on the paper; what lies beneath stays visible."""
    rng, scale = drawing.rng, drawing.scale
    side = round(230 * scale)
    mask = seal_mask(owner[-12:], side, rng)
    x, y = round(at[0] * scale - side / 2), round(at[1] * scale - side / 2)
    x0, y0 = max(0, x), max(0, y)
    part = flat[y0 : y + side, x0 : x + side]
    alpha = mask[y0 - y : y0 - y + part.shape[0], x0 - x : x0 - x + part.shape[1], None] * rng.uniform(0.65, 0.9)
    red = np.array((48, 38, 205), np.float32)
    part[:] = (part * (1 - alpha) + np.minimum(part, red) * alpha).astype(np.uint8)


def seal_mask(owner: str, side: int, rng: random.Random) -> np.ndarray:
    """How much ink the seal leaves, from 0 to 1: ring, star, and its owner's name around."""
    mask = Image.new("L", (side, side), 0)
    pen, middle = ImageDraw.Draw(mask), side / 2
    pen.ellipse((2, 2, side - 3, side - 3), outline=255, width=max(2, side // 34))
    star = [
        (middle + r * math.sin(i * math.pi / 5), middle - r * math.cos(i * math.pi / 5))
        for i, r in ((i, side * (0.15, 0.06)[i % 2]) for i in range(10))
    ]
    pen.polygon(star, fill=255)
    face = font("song", max(8, side // 9))
    for index, character in enumerate(owner):
        angle = (index - (len(owner) - 1) / 2) * 250 / max(8, len(owner))
        glyph = Image.new("L", (side, side), 0)
        ImageDraw.Draw(glyph).text((middle, side * 0.14), character, font=face, fill=255, anchor="mm")
        mask.paste(255, mask=glyph.rotate(-angle, Image.Resampling.BILINEAR))
    pen.text((middle, side * 0.76), "出生医学证明专用章", font=font("song", max(7, side // 14)), fill=255, anchor="mm")
    pressed = np.asarray(mask.rotate(rng.uniform(-25, 25), Image.Resampling.BILINEAR), np.float32) / 255
    noise = np.random.default_rng(rng.randrange(1 << 30)).random((9, 9), np.float32)
    return pressed * np.clip(0.5 + cv2.resize(noise, (side, side), interpolation=cv2.INTER_CUBIC), 0, 1)
