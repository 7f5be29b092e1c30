"""How good a photo of a paper is, and what whoever took it can do better: advice, never a refusal."""

import cv2
import msgspec
import numpy as np

from birthreg.documents.corners import shrink
from birthreg.documents.opening import Picture
from birthreg.documents.pages import Page
from birthreg.documents.upright import letters_of
from birthreg.kernel.language import Text

BLURRED = 0.45
"""From here on few numbers were read; many were read still, so this warns and refuses nothing."""
GLARING = 0.01
DARK = 70
FEW_PIXELS = 1000
STEEP = 1.35
"""How many times as long as its opposite a side is seen when the camera is held too steeply."""
RIM = 3
CUT_LETTERS = 3
FEW_LETTERS = 60
"""A page that fills its picture, as scans do, shows more letters than these."""

ADVICE = {
    "hold_still": Text(
        "照片模糊:请拿稳手机,待对焦清晰后再拍。",
        "The photo is blurred: hold the camera still and let it focus.",
    ),
    "avoid_glare": Text(
        "照片有反光:请关闭闪光灯,换个角度,避开灯光直射。",
        "The paper glares: switch the flash off and keep lamps out of its reflection.",
    ),
    "come_closer": Text(
        "证件在照片中太小:请靠近拍摄,让证件占满画面。",
        "The paper is small: come closer, so that it fills the picture.",
    ),
    "show_whole_page": Text(
        "证件未拍全:请让四个角都在画面内。",
        "The paper is cut off: show all four corners.",
    ),
    "more_light": Text(
        "光线太暗:请在明亮处拍摄。",
        "It is too dark: take the photo where there is more light.",
    ),
    "hold_level": Text(
        "拍摄角度太斜:请将手机与证件平行。",
        "The camera was held at a slant: hold it level above the paper.",
    ),
    "use_plain_ground": Text(
        "未能找到证件边缘:请将证件平放在深色、单色的桌面上。",
        "The paper's edges were not found: lay it flat on a dark, plain surface.",
    ),
    "show_the_number": Text(
        "没有找到编号:请拍摄证件印有编号的一页,使它占满画面。",
        "No number was found: take the page that bears the number, so that it fills the picture.",
    ),
    "send_that_page": Text(
        "没有找到编号,且文件后面还有未识别的页:请单独提交证件所在的一页。",
        "No number was found, and the file has more pages than are read: send the paper's page by itself.",
    ),
}
"""What each piece of advice says."""


class Quality(msgspec.Struct, frozen=True):
    """How good a picture of a page is.

    `blur` is from 0, sharp, to 1; `glare` is the share of the page that is washed out; `width` and `height` are the
    page's own, in pixels of the picture that was given. `advice` holds keys of `ADVICE`.
    """

    blur: float
    glare: float
    width: int
    height: int
    cropped: bool
    advice: tuple[str, ...]


def judge(image: Picture, page: Page) -> Quality:
    """Judge the picture that a page was found on."""
    sides = _sides(image, page)
    width, height = round(max(sides[0], sides[2])), round(max(sides[1], sides[3]))
    grey = np.asarray(cv2.cvtColor(page.image, cv2.COLOR_BGR2GRAY), np.uint8)
    blur, glare, cropped = blur_of(grey), glare_of(page.image), _is_cropped(image, page)
    wrong = {
        "hold_still": blur > BLURRED,
        "avoid_glare": glare > GLARING,
        "come_closer": max(width, height) < FEW_PIXELS,
        "show_whole_page": cropped,
        "more_light": float(np.percentile(grey, 75)) < DARK,
        "hold_level": max(sides[0] / sides[2], sides[2] / sides[0], sides[1] / sides[3], sides[3] / sides[1]) > STEEP,
        "use_plain_ground": page.corners is None and len(letters_of(page.image)[0]) < FEW_LETTERS,
    }
    return Quality(blur, glare, width, height, cropped, tuple(code for code, holds in wrong.items() if holds))


def _sides(image: Picture, page: Page) -> tuple[float, float, float, float]:
    if page.corners is None:
        height, width = image.shape[:2]
        lying = page.turned % 180 == 90
        return (height, width, height, width) if lying else (width, height, width, height)
    corners = np.array(page.corners)
    top, right, bottom, left = np.maximum(1.0, np.linalg.norm(np.roll(corners, -1, 0) - corners, axis=1))
    return float(top), float(right), float(bottom), float(left)


def blur_of(grey: Picture) -> float:
    """How much of a picture's detail survives when it is blurred again, from 0, sharp, to 1.

    After Crete, Dolmiere, Ladret and Nicolas, "The blur effect" (2007). Whatever its contrast, a sharp picture loses
    most of the differences between neighbours, a blurred one has few to lose.
    """
    plane = cv2.medianBlur(grey, 3).astype(np.float32)
    worst = 0.0
    for axis, size in ((1, (9, 1)), (0, (1, 9))):
        detail = np.abs(np.diff(plane, axis=axis))
        again = np.abs(np.diff(cv2.blur(plane, size), axis=axis))
        strokes = detail > 8  # paper's own grain says nothing
        whole = float(detail[strokes].sum())
        if whole > 0:
            worst = max(worst, 1 - float(np.maximum(0, detail - again)[strokes].sum()) / whole)
    return worst


def glare_of(page: Picture) -> float:
    """The share of a page that is white from light, where the rest of its paper is not."""
    small, _ = shrink(page, 400)
    level = small.min(2)
    white = np.where((level >= 248) & (level > float(np.median(level)) * 1.06 + 4), 1, 0).astype(np.uint8)
    # Codes stand on white too, but in strips.
    return float(cv2.morphologyEx(white, cv2.MORPH_OPEN, np.ones((9, 9), np.uint8)).mean())


def _is_cropped(image: Picture, page: Page) -> bool:
    """Whether a corner lies outside the picture, or letters are cut where page and picture end together."""
    if page.corners is not None:
        height, width = image.shape[:2]
        inside = np.minimum(np.array(page.corners), (width, height) - np.array(page.corners)).min()
        slack = 0.01 * max(height, width)
        if inside < -slack or inside > slack:
            return bool(inside < -slack)
    letters, scale = letters_of(page.image)
    height, width = (round(side * scale) for side in page.image.shape[:2])
    low, high = letters[:, :2].min(1), (letters[:, :2] + letters[:, 2:] - (width, height)).max(1)
    return int(((low <= RIM) | (high >= -RIM)).sum()) >= CUT_LETTERS
