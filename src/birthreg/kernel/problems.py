"""Problem details (RFC 9457): the one table from kinds of error to HTTP statuses."""

import logging
from collections.abc import Mapping
from traceback import walk_tb
from typing import Any

import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException
from litestar.openapi.datastructures import ResponseSpec

from birthreg.kernel import doors, errors
from birthreg.kernel.errors import DomainError, FieldsWrong
from birthreg.kernel.identifiers import new_id
from birthreg.kernel.language import Language, Text, choose_language
from birthreg.kernel.logs import request_id
from birthreg.kernel.permitted import permitted_at
from birthreg.kernel.wrong_fields import wrong_field

logger = logging.getLogger("birthreg")

PROBLEM_JSON = "application/problem+json"

_STATUS: dict[type[DomainError], int] = {
    errors.Unauthenticated: 401,
    errors.TooLarge: 413,
    errors.MethodUnknown: 405,
    errors.NotJson: 400,
    errors.TooNested: 400,
    errors.BudgetSpent: 429,
    errors.PreconditionFailed: 412,
    errors.NotFound: 404,
    errors.Forbidden: 403,
    errors.Conflict: 409,
    errors.Invalid: 422,
    errors.Unavailable: 503,
}

_TITLES: dict[int, Text] = {
    400: Text("请求无法读取", "Bad request"),
    401: Text("未登录", "Not signed in"),
    403: Text("无权操作", "Forbidden"),
    404: Text("未找到", "Not found"),
    405: Text("不支持的方法", "Method not allowed"),
    409: Text("状态冲突", "Conflict"),
    412: Text("内容已变化", "Precondition failed"),
    413: Text("内容过大", "Content too large"),
    415: Text("不支持的内容类型", "Unsupported media type"),
    422: Text("内容有误", "Content wrong"),
    429: Text("次数不足", "Budget short"),
    500: Text("内部错误", "Internal error"),
    503: Text("无法核验,请勿登记", "Cannot verify, do not register"),
}


class WrongField(msgspec.Struct, frozen=True):
    """One wrong field, in the language of the answer."""

    field: str
    code: str
    message: str


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """The body of every answer that isn't a success."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    errors: list[WrongField]
    remedy: str
    retryable: bool
    request_id: str


def status_of(kind: type[DomainError]) -> int:
    """Return the HTTP status of a kind of error, by its nearest kind in the table."""
    return next((_STATUS[base] for base in kind.__mro__ if base in _STATUS), 500)


def describe(error: DomainError, *, language: Language, request_id: str) -> Problem:
    """Say an error in one language."""
    status = status_of(type(error))
    return Problem(
        type=f"urn:birthreg:problem:{error.code}",
        title=(error.title or _TITLES[status]).speak(language),
        status=status,
        detail=error.message.speak(language),
        code=error.code,
        errors=[WrongField(e.field, e.code, e.message.speak(language)) for e in error.errors],
        remedy=error.remedy.speak(language),
        retryable=error.retryable,
        request_id=request_id,
    )


def headers_of(error: DomainError, *, request_id: str) -> dict[str, str]:
    """Return the headers that go with an error."""
    headers = {"X-Request-Id": request_id}
    if error.retry_after is not None:
        headers["Retry-After"] = str(error.retry_after)
    if isinstance(error, errors.Unauthenticated):
        headers["WWW-Authenticate"] = "Bearer"
    return headers


class UnexpectedFault(DomainError):
    """服务内部出错,本次请求没有生效。

    Something went wrong inside; this request had no effect.
    """

    remedy = Text("请记下请求编号并联系系统管理员。", "Give the request id to the system administrator.")


def request_id_of(request: Request[Any, Any, Any]) -> str:
    """Return the identifier of a request, the same in its answer and its log lines."""
    identifier: str = request.scope.setdefault("state", {}).setdefault("request_id", str(new_id()))
    return identifier


async def mark_request(request: Request[Any, Any, Any]) -> None:
    """Let every log line of this request carry its identifier."""
    request_id.set(request_id_of(request))


async def mark_response(response: Response[Any]) -> Response[Any]:
    """Tell the identifier also with a success, so that a desk can quote it."""
    response.headers.setdefault("X-Request-Id", request_id.get() or "-")
    return response


def answer_problem(request: Request[Any, Any, Any], error: DomainError) -> Response[Problem]:
    """Make the response that tells an error."""
    identifier = request_id_of(request)
    problem = describe(error, language=choose_language(request.headers.get("accept-language")), request_id=identifier)
    return Response(
        problem,
        status_code=problem.status,
        media_type=PROBLEM_JSON,
        headers=headers_of(error, request_id=identifier),
    )


def answer_fault(request: Request[Any, Any, Any], fault: Exception) -> Response[Problem]:
    """Tell an unknown exception as 500, with its detail in the log alone."""
    logger.error("fault in request %s", request_id_of(request), exc_info=fault)
    return answer_problem(request, UnexpectedFault())


_OWN_RECURSION = 300
"""Frames: a recursion of our own fills the stack; a decoder's, which isn't written in Python, adds none."""


def answer_recursion(request: Request[Any, Any, Any], raised: RecursionError) -> Response[Problem]:
    """Tell who sends what no decoder can read; a recursion of our own stays a fault."""
    if sum(1 for _ in walk_tb(raised.__traceback__)) > _OWN_RECURSION:
        return answer_fault(request, raised)
    return answer_problem(request, errors.TooNested())


def answer_unstorable(request: Request[Any, Any, Any], _raised: errors.TextUnstorable) -> Response[Problem]:
    """Tell which text holds what can't be kept, where it was sent as JSON or in the address."""
    return answer_problem(request, errors.TextUnstorable(errors=doors.unstorable_in(request)))


def answer_group(request: Request[Any, Any, Any], raised: ExceptionGroup[Exception]) -> Response[Problem]:
    """Tell what went wrong in ending a transaction: the framework wraps it beside what ended it."""
    told = next((error for error in raised.exceptions if isinstance(error, DomainError)), None)
    if isinstance(told, errors.TextUnstorable):
        return answer_unstorable(request, told)
    return answer_fault(request, raised) if told is None else answer_problem(request, told)


def _split_place(message: str) -> tuple[str, str]:
    """Part a message of msgspec from the place that it ends with, such as `$.items[3].purpose`."""
    text, _, place = message.partition(" - at `")
    return text, place.rstrip("`").removeprefix("$").lstrip(".")


def fields_wrong(problems: list[dict[str, Any]], kinds: Mapping[str, Any]) -> FieldsWrong:
    """Turn Litestar's list of validation messages into ours, without repeating what was sent.

    `kinds` are the types of the door's parameters, by their names.
    """
    found = []
    for item in problems:
        key = str(item.get("key") or "")
        in_body = item.get("source") == "body"
        place = "" if in_body and key == "data" else key
        permitted = permitted_at(kinds["data"], place) if in_body else permitted_at(kinds.get(key), "")
        found.append(wrong_field(str(item.get("message", "invalid")), place, permitted=permitted))
    return FieldsWrong(errors=tuple(found))


def from_msgspec(error: msgspec.ValidationError, *, kind: Any = None) -> FieldsWrong:
    """Turn a decoding error into one wrong field; `kind` is the type that was wanted."""
    text, place = _split_place(str(error))
    return FieldsWrong(errors=(wrong_field(text, place, permitted=permitted_at(kind, place)),))


_LITESTAR: dict[int, type[DomainError]] = {
    401: errors.Unauthenticated,
    404: errors.DoorUnknown,
    405: errors.MethodUnknown,
    413: errors.TooLarge,
}


def answer_litestar(request: Request[Any, Any, Any], raised: HTTPException) -> Response[Any]:
    """Tell what Litestar itself refused in our own form, with our own codes."""
    if isinstance(raised, ValidationException) and raised.extra:
        problems = raised.extra if isinstance(raised.extra, list) else []
        return answer_problem(request, fields_wrong(problems, doors.kinds_of(request)))
    if isinstance(raised.__cause__, msgspec.ValidationError):
        return answer_problem(request, from_msgspec(raised.__cause__))
    if raised.status_code >= 500:
        return answer_fault(request, raised)
    kind = _LITESTAR.get(raised.status_code)
    if kind is errors.TooLarge:
        return answer_problem(request, doors.too_large(request))
    answer = answer_problem(request, kind() if kind else errors.NotJson())
    answer.headers.update(raised.headers or {})  # a 405 names the methods that there are
    return answer


def answering(kind: type) -> dict[int, ResponseSpec]:
    """Return the OpenAPI description of a success whose body is already encoded."""
    return {200: ResponseSpec(kind, generate_examples=False, description="OK")}


def documented(*statuses: int) -> dict[int, ResponseSpec]:
    """Return the OpenAPI description of the problems that a door can answer; the common ones come by themselves."""
    return {
        status: ResponseSpec(
            Problem,
            generate_examples=False,
            description=f"{_TITLES[status].zh} · {_TITLES[status].en}",
            media_type=PROBLEM_JSON,
        )
        for status in sorted({400, 413, 422, 500, 503, *statuses})
    }


EXCEPTION_HANDLERS: dict[Any, Any] = {
    DomainError: answer_problem,
    errors.TextUnstorable: answer_unstorable,
    RecursionError: answer_recursion,
    HTTPException: answer_litestar,
    ExceptionGroup: answer_group,
    Exception: answer_fault,
}
