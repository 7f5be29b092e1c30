"""Five kinds of error. They know no HTTP; `kernel.problems` maps them to it.

A domain error is a subclass whose docstring is its message: the first paragraph in
Chinese, the second in English, `{names}` filled from the keyword arguments. Its code is
its name in snake_case, and stays the same for good: other programs match on it.
"""

import re
from typing import ClassVar

import msgspec

from birthreg.kernel.language import Text


class FieldError(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong with one field; `field` is a path such as `items[3].purpose`."""

    field: str
    code: str
    message: Text


class DomainError(Exception):
    """操作未能完成。

    The act could not be done.
    """

    remedy: Text = Text("请联系系统管理员。", "Ask the system administrator.")
    title: ClassVar[Text | None] = None
    """What stands over the message, where its status would say too much."""
    retryable: ClassVar[bool] = False
    leaves_a_trace: ClassVar[bool] = False
    """Whether what its transaction wrote stands: the record of the refused attempt. Else all is rolled back."""

    def __init__(
        self,
        *,
        errors: tuple[FieldError, ...] = (),
        retry_after: int | None = None,
        remedy: Text | None = None,
        **values: object,
    ) -> None:
        """Fill the message's places from `values`; `retry_after` is in seconds.

        `remedy` takes the place of the kind's own where another helps.
        """
        if remedy is not None:
            self.remedy = remedy
        self.errors = errors
        self.retry_after = retry_after
        self.message = message_of(type(self)).fill(**values)
        super().__init__(self.message.en)

    @property
    def code(self) -> str:
        """The stable name that other programs match on."""
        return code_of(type(self))


def code_of(kind: type[DomainError]) -> str:
    """Turn `CertificateUsed` into `certificate_used`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", kind.__name__).lower()


def message_of(kind: type[DomainError]) -> Text:
    """Read the message of an error from its docstring."""
    chinese, _, english = (kind.__doc__ or "").partition("\n\n")
    return Text(" ".join(chinese.split()), " ".join(english.split()))


class NotFound(DomainError):
    """没有找到,或不在您的管辖范围内。

    Not found, or outside your jurisdiction.
    """

    remedy = Text("请核对编号;如属其他辖区,请联系该辖区。", "Check the number; ask the unit it belongs to.")


class Forbidden(DomainError):
    """您的角色不能执行此操作。

    Your role may not do this.
    """

    remedy = Text("如工作需要,请向安全管理员申请权限。", "If your work needs it, ask the security administrator.")


class Conflict(DomainError):
    """与当前状态冲突,未作任何更改。

    In conflict with the present state; nothing was changed.
    """

    remedy = Text("请刷新后核对当前状态。", "Reload and look at the present state.")


class Invalid(DomainError):
    """提交的内容有误。

    What was sent is wrong.
    """

    remedy = Text("请按各字段的提示改正后重新提交。", "Correct the fields named and send again.")


class Unavailable(DomainError):
    """服务暂时不可用。

    The service is unavailable for the moment.
    """

    remedy = Text("请稍后重试。", "Try again in a moment.")
    retryable = True


class DatabaseUnavailable(Unavailable):
    """无法核验,请勿登记:数据库暂时无法访问,本次操作可能未保存。

    Cannot verify, do not register: the database cannot be reached, and what was sent may not have been kept.
    """

    remedy = Text(
        "请稍后用同一 Idempotency-Key 重试,不会重复办理;持续出现时请联系值班运维。",
        "Try again in a moment with the same Idempotency-Key, nothing is done twice; call the operator if it lasts.",
    )


class Contended(Unavailable):
    """未作任何更改:与同时进行的另一项操作相互等待。

    Nothing was changed: this and another act at the same moment waited for each other.
    """

    remedy = Text("请立即重试。", "Try again at once.")


class Overloaded(Unavailable):
    """无法核验,请勿登记:等待处理的请求过多。

    Cannot verify, do not register: too many requests are waiting.
    """


class NotPermitted(Forbidden):
    """您的角色“{role}”没有“{act}”的权限。

    Your role, {role}, may not {act}.
    """

    leaves_a_trace = True


class Unauthenticated(Forbidden):
    """需要登录。

    Sign-in is needed.
    """

    remedy = Text(
        "请先登录(POST /api/v1/sessions),再以 Authorization: Bearer 提交。",
        "Sign in (POST /api/v1/sessions) and send the token as Authorization: Bearer.",
    )


class PreconditionFailed(Conflict):
    """内容已变化(If-Match 与当前版本不符),未作任何更改。

    It has changed (If-Match names another version than the present); nothing was done.
    """

    remedy = Text("请重新读取后再操作。", "Read it again, then decide.")


class DoorUnknown(NotFound):
    """没有这个接口地址。

    There is no such door.
    """

    remedy = Text("接口清单见 /schema。", "See /schema for the list of doors.")


class MethodUnknown(Invalid):
    """该接口不支持此方法。

    This door does not take this method.
    """

    remedy = DoorUnknown.remedy


class BudgetSpent(Unavailable):
    """{subject}的查询次数不足:每 {window} 秒上限 {limit},现余 {left},本次需要 {asked}。

    {subject} has {left} look-ups left of {limit} in {window} seconds, and asks {asked}.
    """

    remedy = Text(
        "请在 Retry-After 所示秒数后重试;仍有余量时,也可减少本次数量。",
        "Try again after the seconds in Retry-After; while some are left, ask fewer.",
    )


class TooLarge(Invalid):
    """提交的内容超过上限({limit})。

    What was sent is over the limit ({limit}).
    """

    remedy = Text("请删减过长的文字后重新提交。", "Shorten its texts and send again.")


class TextUnstorable(Invalid):
    """提交的文字含有无法保存的字符(NUL,U+0000)。

    A text that was sent holds a character that can't be kept (NUL, U+0000).
    """

    remedy = Text("请删除该字符后重新提交。", "Remove the character and send again.")


class NotJson(Invalid):
    """请求内容不是合法的 JSON(上传文件的接口:不是合法的表单)。

    The request body is not valid JSON (at a door for files: no valid form).
    """

    remedy = Text(
        "请以 UTF-8 编码的 JSON 提交;文件请以 multipart/form-data 提交。",
        "Send JSON in UTF-8; a file as multipart/form-data.",
    )


class TooNested(Invalid):
    """请求内容的嵌套层数过多,无法读取。

    What was sent is nested too deeply to be read.
    """

    remedy = Text("请按 /schema 所示的结构提交。", "Send the structure that /schema describes.")


class FieldsWrong(Invalid):
    """提交的字段有误。

    Fields are wrong.
    """

    remedy = Text(
        "请按各字段的提示改正后重新提交;改正后可能还会发现其他问题。",
        "Correct the fields named and send again; others may turn out wrong then.",
    )


def field_error(*, field: str, code: str, zh: str, en: str) -> FieldsWrong:
    """Return the error for one wrong field."""
    return FieldsWrong(errors=(FieldError(field=field, code=code, message=Text(zh, en)),))
