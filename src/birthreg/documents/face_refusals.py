"""Why a picture's face isn't compared, and why faces aren't searched."""

from birthreg.kernel.errors import Conflict, FieldError, Invalid, Unavailable
from birthreg.kernel.language import Text


class NoFace(Invalid):
    """照片中未找到人脸。

    No face was found in the picture.
    """

    remedy = Text(
        "请提交正立、正面、光线均匀、面部无遮挡的照片。",
        "Send a picture that stands upright, with the face seen from the front, evenly lit and uncovered.",
    )


class FaceTooSmall(Invalid):
    """人脸过小(宽 {width} 像素,至少需要 {least} 像素),无法可靠比对。

    The face is too small to be compared ({width} pixels wide; at least {least} are needed).
    """

    remedy = Text(
        "请靠近拍摄,或提交原始照片而非缩略图、截图;扫描件请提高分辨率。",
        "Take the picture from nearer, or send the original and no thumbnail; scan at a higher resolution.",
    )


class SeveralFaces(Invalid):
    """照片中有 {faces} 张大小相近的人脸,无法确定应比对哪一张。

    The picture holds {faces} faces of like size: it can't be told which one is meant.
    """

    remedy = Text("请裁剪照片,只保留需比对的人。", "Cut the picture so that only the one who is meant is on it.")


class FaceSearchUnavailable(Unavailable):
    """无法检索人脸:数据库未安装 pgvector 扩展;其他功能不受影响。

    Faces can't be searched: the database has no extension pgvector; all else works.
    """

    remedy = Text(
        "请数据库管理员安装 pgvector,并以超级用户执行:SELECT faces.make_searchable()",
        "The database's administrator installs pgvector and runs as superuser: SELECT faces.make_searchable()",
    )
    retryable = False


class FacesEnough(Conflict):
    """该儿童已保存 {most} 张人脸,不再增加。

    {most} pictures of this child's face are kept already; no more are.
    """

    remedy = Text("如需更换,请先删除已保存的人脸。", "To replace them, have those that are kept forgotten first.")


class CalibrationUnusable(Invalid):
    """人脸比对分数的校准数据不可用。

    What the study says of face scores can't be used.
    """

    remedy = Text("请按各字段的提示改正后重新提交。", "Correct the fields named and send again.")


_FAULTS = {
    "bands_out_of_order": (
        "strong_from",
        Text("应满足 0 < list_from < strong_from ≤ 1", "0 < list_from < strong_from ≤ 1 has to hold"),
    ),
    "score_twice": ("points", Text("同一分数出现两次", "a score stands twice")),
    "points_not_whole": (
        "points",
        Text(
            "至少需要一个分数点;分数在 -1 与 1 之间,达到数不超过总对数,总对数大于 0",
            "at least one is needed; scores lie between -1 and 1, no more pairs reach a score than there are",
        ),
    ),
    "reaches_back": ("in_force_from", Text("生效时间不得早于现在", "it can't be in force before now")),
}


def fault_errors(faults: list[str]) -> tuple[FieldError, ...]:
    """Say what is wrong with a calibration, field by field."""
    return tuple(FieldError(field=_FAULTS[fault][0], code=fault, message=_FAULTS[fault][1]) for fault in faults)
