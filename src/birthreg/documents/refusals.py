"""Why a picture isn't read."""

from birthreg.kernel.errors import BudgetSpent, FieldError, Invalid, TooLarge, Unavailable
from birthreg.kernel.language import Text

_TAKEN = Text(
    "请提交 JPEG、PNG、WebP、TIFF、BMP 图片,或扫描件 PDF。",
    "Send a picture as JPEG, PNG, WebP, TIFF or BMP, or a scan as PDF.",
)
_AGAIN = Text(
    "请重新拍照或扫描后提交;屡次出现时,请人工核对纸质证件。",
    "Take the picture again; if it fails again, check the paper by eye.",
)


class NotAPicture(Invalid):
    """提交的文件不是可以识别的图片。

    What was sent is no picture that can be read.
    """

    remedy = _TAKEN


class PictureEmpty(NotAPicture):
    """提交的文件没有内容(0 字节)。

    The file is empty.
    """

    remedy = _AGAIN


class PictureHeic(NotAPicture):
    """手机的 HEIC/AVIF 格式图片暂不支持。

    Pictures in HEIC or AVIF, as telephones take them, are not read.
    """

    remedy = Text(
        "请在手机相机设置中选择“兼容性最佳”(JPEG)后重新拍照,或转换为 JPEG。",
        "Set the camera to the most compatible format (JPEG) and take it again, or convert it to JPEG.",
    )


class PictureDamaged(Invalid):
    """图片文件已损坏或不完整。

    The picture is damaged or cut short.
    """

    remedy = _AGAIN


class PictureAnimated(Invalid):
    """动画图片不能作为证件图像(共 {frames} 帧)。

    An animation of {frames} frames is no picture of a paper.
    """

    remedy = _TAKEN


class PictureTooLarge(TooLarge):
    """图片超过上限({limit})。

    The picture is over the limit ({limit}).
    """

    remedy = Text("请以较低的分辨率拍照或扫描后提交。", "Take or scan it with a lower resolution.")


class PictureTooSmall(Invalid):
    """图片过小({width}×{height} 像素),无法识别。

    The picture is too small ({width} × {height} pixels) to be read.
    """

    remedy = Text("请以更高的分辨率拍照或扫描后提交。", "Take or scan it with a higher resolution.")


class PdfLocked(Invalid):
    """PDF 文件有密码,不能打开。

    The PDF is locked with a password.
    """

    remedy = Text("请去除密码后提交,或直接提交图片。", "Remove the password, or send the picture itself.")


class PdfEmpty(Invalid):
    """PDF 文件没有页面。

    The PDF has no pages.
    """

    remedy = _TAKEN


class ReadingTooLong(Invalid):
    """图片在 {seconds} 秒内未能处理完,已停止。

    The picture wasn't done with in {seconds} seconds, and was given up.
    """

    remedy = _AGAIN


class ReadingTooHeavy(Invalid):
    """处理该图片所需内存超过上限({megabytes} MB),已停止。

    The picture needs more memory than the limit ({megabytes} MB), and was given up.
    """

    remedy = PictureTooLarge.remedy


class ReadingDied(Invalid):
    """处理该图片的进程意外终止;服务未受影响。

    The process that read this picture ended unexpectedly; the service goes on.
    """

    remedy = _AGAIN


_NO_PICTURES = Text("暂时无法处理图片", "No pictures for now")
"""Over refusals of this room: numbers are verified all the same."""


class ReadersBusy(Unavailable):
    """等待处理的图片过多({waiting} 张)。

    Too many pictures are waiting ({waiting}).
    """

    title = _NO_PICTURES


class PictureWaitedTooLong(Unavailable):
    """图片等待 {seconds} 秒仍未轮到,没有处理。

    The picture waited {seconds} seconds without its turn, and was not looked at.
    """

    title = _NO_PICTURES


class DocumentsUnavailable(Unavailable):
    """无法识别图片和比对人脸:{why}

    Pictures can't be read and faces not compared: {why}
    """

    title = _NO_PICTURES

    remedy = Text(
        "请系统管理员在安装目录运行 scripts/prepare,然后重新启动服务。",
        "Let the system administrator run scripts/prepare where this is installed, then start the service again.",
    )
    retryable = False


class PicturesSpent(BudgetSpent):
    """{subject}在 {window} 秒内识别的图片已达上限({limit} 张)。

    {subject} has had {limit} pictures read within {window} seconds, which is the limit.
    """

    remedy = Text("请在 Retry-After 所示秒数后重试。", "Try again after the seconds in Retry-After.")


def about(field: str, error: Invalid) -> Invalid:
    """Name the file that an error is about."""
    error.errors = (FieldError(field=field, code=error.code, message=error.message),)
    return error


def refuse_size(*fields: str) -> PictureTooLarge:
    """Refuse a body that was too large to be looked into: any of its files may be the picture that is."""
    error = PictureTooLarge(limit="24 MB")
    error.errors = tuple(FieldError(field=field, code=error.code, message=error.message) for field in fields)
    return error
