"""Why a file isn't taken as evidence, or can't be shown."""

from birthreg.kernel.errors import Conflict, Invalid, TooLarge
from birthreg.kernel.language import Text

_ALLOWED = Text(
    "可提交:图片、PDF、办公文档、纯文本、录音、录像。",
    "Send pictures, PDF, office documents, plain text, audio or video.",
)


class EvidenceEmpty(Invalid):
    """文件“{name}”没有内容(0 字节)。

    The file “{name}” is empty.
    """

    remedy = Text("请重新导出或扫描后提交。", "Export or scan it again, then send it.")


class EvidenceTooLarge(TooLarge):
    """文件超过上限({limit})。

    The file is over the limit ({limit}).
    """

    remedy = Text("请压缩录像或分段提交。", "Compress the recording, or send it in parts.")


class EvidenceTypeUnknown(Invalid):
    """文件“{name}”的内容不是可以接受的类型({found})。

    What the file “{name}” holds is of no kind that is taken ({found}).
    """

    remedy = _ALLOWED


class EvidenceTypeDiffers(Invalid):
    """文件“{name}”的内容是 {found},与扩展名 {declared} 不符。

    The file “{name}” holds {found}, which its ending {declared} denies.
    """

    remedy = Text(
        "请核实文件来源;确认无误的,改正扩展名后重新提交。",
        "Find out where it came from; if it is right, give it the right ending and send it again.",
    )


class EvidenceThere(Conflict):
    """本案已有同一文件(证据 {evidence}),未重复添加。

    This case has the same file already (evidence {evidence}); it wasn't added again.
    """

    remedy = Text("请引用已有的证据。", "Refer to the evidence that is there.")
    leaves_a_trace = True


class EvidenceHarmed(Conflict):
    """证据文件已损坏或缺失({state}),不能下载。

    The file of this evidence is {state}, so it isn't handed out.
    """

    remedy = Text(
        "请由提交人再次提交原件,或由系统管理员从备份恢复;摘要相同即自动修复。",
        "Send the original again, or let the system administrator restore it; with the same digest it is whole again.",
    )
    leaves_a_trace = True
