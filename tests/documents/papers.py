"""Synthetic certificates, scanned or photographed, since real ones must not be in a repository.

A paper is drawn flat (`sheets`), worn, laid before a camera or into a scanner, and saved as JPEG. Everything
follows from the seed; the same paper can be taken many times (`shot`), and with one thing changed.
"""

import math
from functools import cache

import cv2
import msgspec
import numpy as np
from tests.documents.sheets import HEIGHT, WIDTH, draw_flat, draw_sheet

Array = np.ndarray


class Paper(msgspec.Struct):
    """A picture of a paper, and what is true of it.

    `corners` are the paper's own, clockwise from its own top left, as (x, y) in the picture. `turned` says by how
    many degrees, of the quarter turns, it lies clockwise. `number_box` is (x, y, w, h) on the flat paper, in parts
    of its width.
    """

    image: Array
    number: str
    fields: dict[str, str]
    barcode: str | None
    corners: Array
    edition: int
    turned: int
    number_box: tuple[float, float, float, float]


class Taking(msgspec.Struct):
    """How a picture is taken: ranges that the dice draw from."""

    width: tuple[int, int]
    tilt: float
    roll: float
    shade: float
    blur: float
    motion: float
    noise: float
    quality: tuple[int, int]
    folds: float
    glares: float
    over_number: float
    turns: float
    curl: float


TAKINGS = {
    "scan": Taking(
        width=(1500, 2200), tilt=0, roll=2, shade=0.03, blur=0.5, motion=0, noise=3, quality=(65, 95),
        folds=0.3, glares=0, over_number=0, turns=0.15, curl=0,
    ),
    "photo": Taking(
        width=(1300, 2000), tilt=22, roll=9, shade=0.25, blur=0.9, motion=0.1, noise=5, quality=(65, 93),
        folds=0.5, glares=0.2, over_number=0.05, turns=0.25, curl=3,
    ),
    "hard": Taking(
        width=(900, 1500), tilt=34, roll=16, shade=0.5, blur=1.5, motion=0.5, noise=10, quality=(35, 75),
        folds=0.9, glares=0.6, over_number=0.35, turns=0.35, curl=8,
    ),
}  # fmt: skip


def make_paper(
    seed: int,
    kind: str = "scan",
    *,
    number: str | None = None,
    edition: int | None = None,
    fields: dict[str, str] | None = None,
    seal_at: tuple[float, float] | None = None,
    shot: int = 0,
    turn: int | None = None,
    quality: int | None = None,
) -> Paper:
    """Invent a paper and take a picture of it.

    `fields` and `number` replace what the seed invents, `seal_at` moves the seal (in the units of `sheets`);
    `shot` takes another picture of the same paper; `turn` is 0, 90, 180 or 270 degrees clockwise.
    """
    sheet = draw_sheet(seed, edition)
    sheet.number = number or sheet.number
    sheet.fields |= fields or {}
    sheet.seal_at = seal_at or sheet.seal_at
    taking = TAKINGS[kind]
    dice = np.random.default_rng([seed, shot, list(TAKINGS).index(kind)])
    worn = np.random.default_rng([seed, list(TAKINGS).index(kind)])
    width = int(dice.integers(*taking.width))
    if worn.random() < taking.over_number:
        sheet.seal_at = (float(worn.uniform(1200, 1400)), float(worn.uniform(90, 170)))
    flat, box = draw_flat(sheet, width)
    flat = fold(flat, dice, taking)
    turned = (int(dice.integers(1, 4)) * 90 if dice.random() < taking.turns else 0) if turn is None else turn
    flat = curl(flat, dice, taking.curl * width / WIDTH)
    image, corners = (scan if kind == "scan" else photograph)(flat, dice, taking, turned)
    image = wear(light(image, dice, taking), dice, taking)
    saved = quality or int(dice.integers(*taking.quality))
    image = cv2.imdecode(np.frombuffer(as_jpeg(image, saved), np.uint8), cv2.IMREAD_COLOR)
    barcode = sheet.number if sheet.edition == 7 else None
    return Paper(image, sheet.number, sheet.fields, barcode, corners, sheet.edition, turned, box)


def as_jpeg(image: Array, quality: int = 90) -> bytes:
    """The bytes of a picture as a camera would save them."""
    done, buffer = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    assert done
    return buffer.tobytes()


def fold(flat: Array, dice: np.random.Generator, taking: Taking) -> Array:
    """Fold the paper once or twice and open it again: a bright crease beside a dark one."""
    shade = np.ones(flat.shape[:2], np.float32)
    for axis in (0, 1):
        if dice.random() < taking.folds * 0.6:
            length = flat.shape[1 - axis]
            where = length * dice.uniform(0.3, 0.7)
            along = np.arange(length, dtype=np.float32) - where
            crease = 0.05 * np.sign(along) * np.exp(-np.abs(along) / (length * 0.08)) * taking.folds
            crease += np.where(np.abs(along) < 1.5, 0.14, 0) - np.where(np.abs(along - 3) < 1.5, 0.12, 0)
            shade *= 1 + (crease[None, :] if axis == 0 else crease[:, None]).astype(np.float32)
    return np.clip(flat * shade[..., None], 0, 255).astype(np.uint8)


def curl(flat: Array, dice: np.random.Generator, depth: float) -> Array:
    """Let the paper not lie quite flat: its lines bend by up to `depth` pixels, its corners stay."""
    if depth == 0:
        return flat
    height, width = flat.shape[:2]
    x, y = np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32)
    bend = dice.uniform(-1, 1) * depth * np.sin(np.pi * x / width) + dice.uniform(-0.3, 0.3) * depth * np.sin(
        2 * np.pi * x / width
    )
    rows = y[:, None] + bend[None, :].astype(np.float32)
    return cv2.remap(flat, np.broadcast_to(x, rows.shape).copy(), rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)


def corners_of(image: Array) -> Array:
    height, width = image.shape[:2]
    return np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)


def scan(flat: Array, dice: np.random.Generator, taking: Taking, turned: int) -> tuple[Array, Array]:
    """Lay the paper into a scanner: nearly straight, on white or grey, or cut at its edges."""
    margins = dice.choice([0, 12, 60, 150], 4)
    height, width = flat.shape[:2]
    angle = math.radians(dice.uniform(-1, 1) * taking.roll + turned)
    turn = np.array([(math.cos(angle), -math.sin(angle)), (math.sin(angle), math.cos(angle))])
    placed = (corners_of(flat) - (width / 2, height / 2)) @ turn.T
    low, high = placed.min(0) - margins[:2], placed.max(0) + margins[2:]
    ground = np.full((*np.ceil(high - low).astype(int)[::-1], 3), int(dice.choice([255, 250, 238, 205])), np.uint8)
    return lay(flat, ground, placed - low)


def photograph(flat: Array, dice: np.random.Generator, taking: Taking, turned: int) -> tuple[Array, Array]:
    """Hold a camera over the paper, neither straight nor level."""
    height, width = flat.shape[:2]
    pitch, yaw = np.radians(dice.uniform(-taking.tilt, taking.tilt, 2))
    roll = math.radians(dice.uniform(-taking.roll, taking.roll) + turned)
    spun = rotation(2, roll)
    facing = rotation(0, pitch) @ rotation(1, yaw) @ spun
    flat_points = np.c_[(corners_of(flat) - (width / 2, height / 2)) / width, np.zeros(4)]
    space = flat_points @ facing.T
    distance = dice.uniform(1.5, 2.6)
    placed = space[:, :2] / (space[:, 2:] + distance) * distance * width
    share = dice.uniform(0.72, 0.95)
    low, high = placed.min(0), placed.max(0)
    size = (high - low) / share
    offset = (low + high) / 2 - size / 2 + (size - (high - low)) * dice.uniform(-0.4, 0.4, 2)
    return lay(flat, desk(dice, *np.ceil(size).astype(int)), placed - offset)


def rotation(axis: int, angle: float) -> Array:
    one, other = [i for i in range(3) if i != axis]
    turn = np.eye(3)
    turn[one, one] = turn[other, other] = math.cos(angle)
    turn[one, other], turn[other, one] = -math.sin(angle), math.sin(angle)
    return turn


def lay(flat: Array, ground: Array, corners: Array) -> tuple[Array, Array]:
    """Put the paper onto the ground with its corners where they are said to be, with a thin shadow."""
    view = cv2.getPerspectiveTransform(corners_of(flat), corners.astype(np.float32))
    size = (ground.shape[1], ground.shape[0])
    seen = cv2.warpPerspective(flat, view, size, flags=cv2.INTER_AREA)
    mask = cv2.warpPerspective(np.full(flat.shape[:2], 255, np.uint8), view, size, flags=cv2.INTER_LINEAR)
    shadow = cv2.GaussianBlur(mask, (0, 0), 6)
    ground = (ground * (1 - 0.35 * shadow[..., None].astype(np.float32) / 255)).astype(np.uint8)
    weight = mask[..., None].astype(np.float32) / 255
    return (seen * weight + ground * (1 - weight)).astype(np.uint8), corners


def desk(dice: np.random.Generator, width: int, height: int) -> Array:
    """What the paper lies on: wood, cloth, stone or a plain top, rarely as bright as the paper."""
    colour = dice.uniform(0.6, 1.1, 3) * dice.choice([35, 80, 120, 160, 205])
    grain = {"wood": (6, 90), "cloth": (120, 160), "stone": (24, 18), "plain": (2, 2)}
    rows, columns = grain[str(dice.choice(list(grain)))]
    noise = dice.normal(0, 14, (columns, rows)).astype(np.float32)
    texture = cv2.resize(noise, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.clip(texture[..., None] + colour, 0, 235).astype(np.uint8)


def light(image: Array, dice: np.random.Generator, taking: Taking) -> Array:
    """A lamp from one side, the shadow of a hand, its warmth, and the lamp's reflection."""
    height, width = image.shape[:2]
    x, y = np.meshgrid(np.linspace(-1, 1, 64), np.linspace(-1, 1, 48))
    angle = dice.uniform(0, 2 * math.pi)
    shade = 1 + taking.shade * dice.uniform(0.2, 0.8) * (x * math.cos(angle) + y * math.sin(angle)) - taking.shade * 0.2
    if dice.random() < taking.shade - 0.05:
        edge = x * math.cos(angle + 1) + y * math.sin(angle + 1) - dice.uniform(-0.5, 0.6)
        shade -= 0.3 / (1 + np.exp(-edge * 14))
    glare = np.zeros_like(x)
    if dice.random() < taking.glares:
        cx, cy, wide = dice.uniform(-0.7, 0.7), dice.uniform(-0.7, 0.7), dice.uniform(0.06, 0.22)
        glare = dice.uniform(60, 190) * np.exp(-((x - cx) ** 2 + (y - cy) ** 2) / (2 * wide**2))
    warmth = 1 + dice.uniform(-1, 1) * taking.shade * 0.25 * np.array((-1, 0, 1))
    size = (width, height)
    spread = cv2.resize(shade.astype(np.float32), size)[..., None] * warmth.astype(np.float32)
    return np.clip(image * spread + cv2.resize(glare.astype(np.float32), size)[..., None], 0, 255).astype(np.uint8)


def wear(image: Array, dice: np.random.Generator, taking: Taking) -> Array:
    """What the lens and the sensor do: blur, a shaken hand, noise."""
    image = cv2.GaussianBlur(image, (0, 0), 0.25 + taking.blur * float(dice.random()) ** 1.5)
    if dice.random() < taking.motion:
        image = cv2.filter2D(image, -1, shake(float(dice.uniform(2, 6)), float(dice.uniform(0, math.pi))))
    grain = noise_of(int(dice.integers(1 << 30)) % 8)
    rows = -(-image.shape[0] // grain.shape[0])
    columns = -(-image.shape[1] // grain.shape[1])
    tiled = np.tile(grain, (rows, columns, 1))[: image.shape[0], : image.shape[1]]
    return np.clip(image + tiled * np.float32(dice.uniform(0.3, 1) * taking.noise), 0, 255).astype(np.uint8)


def shake(length: float, angle: float) -> Array:
    kernel = np.zeros((15, 15), np.float32)
    dx, dy = math.cos(angle) * length / 2, math.sin(angle) * length / 2
    ends = [(round((7 + sign * dx) * 16), round((7 + sign * dy) * 16)) for sign in (-1, 1)]
    cv2.line(kernel, ends[0], ends[1], 1, 1, cv2.LINE_AA, 4)
    return kernel / kernel.sum()


@cache
def noise_of(which: int) -> Array:
    """A tile of a sensor's noise, drawn once; slightly coarse, as cameras smooth theirs."""
    noise = np.random.default_rng(which).normal(0, 1, (512, 512, 3)).astype(np.float32)
    return cv2.GaussianBlur(noise, (0, 0), 0.6) * 1.6


def flat_number_box(paper: Paper, width: int) -> tuple[int, int, int, int]:
    """Where the number stands on the straightened page of that width."""
    x, y, w, h = (round(part * width) for part in paper.number_box)
    return x, y, w, h


PAGE_SHAPE = (HEIGHT, WIDTH)
