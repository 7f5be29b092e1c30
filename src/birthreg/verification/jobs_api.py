"""The doors of file verification: send a file, watch it, fetch the result."""

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Controller, Request, get, post
from litestar.datastructures import State, UploadFile
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, MultipartBody
from litestar.response import File, Stream

from birthreg.access.guards import Asker, Spoken, Terminal, Tx, require_token
from birthreg.access.models import Act, Officer
from birthreg.access.readings import record_reading
from birthreg.access.rules import sees_in_clear
from birthreg.access.service import permit
from birthreg.kernel.errors import Conflict, NotFound
from birthreg.kernel.language import Language, Text
from birthreg.kernel.problems import documented
from birthreg.verification import taking
from birthreg.verification.files import mask_result
from birthreg.verification.job_models import JOB_STATUS_NAMES, Job, JobFailure, JobStatus, JobView
from birthreg.verification.jobs import RESULT_KEPT
from birthreg.verification.models import Purpose

LARGEST_FILE = 512 * 1024 * 1024


class ResultNotReady(Conflict):
    """文件核验尚未完成(状态:{status})。

    The file isn't verified yet (status: {status}).
    """

    remedy = Text("请稍后再取结果。", "Fetch the result later.")
    retryable = True


class ResultExpired(NotFound):
    """该结果已超过 {days} 天的保存期,已删除。

    The result was kept for {days} days and is gone.
    """

    remedy = Text("请重新提交文件核验。", "Send the file again.")


class FileNotVerified(Conflict):
    """文件未能核验完毕:{why_zh}。

    The file was not verified to its end ({reason}): {why_en}.
    """

    remedy = Text(
        "请按所述原因处理后重新上传;仍不成功请联系系统管理员。",
        "Mend what is said and send the file again; if that fails, ask the system administrator.",
    )


_WHY = {
    "file_unreadable": Text(
        "不是 UTF-8 或 GB18030 编码的 CSV,也不是可读的 XLSX",
        "it is neither CSV in UTF-8 or GB18030 nor a readable XLSX",
    ),
    "file_missing": Text("上传的文件已不在服务器上", "what was sent is no longer on the server"),
    "officer_suspended": Text("提交文件的账号已停用", "the account that sent it was suspended"),
    "spreadsheet_too_large": Text(
        "电子表格超过 100 MB、展开后超过 1 GB 或超过 1048576 行,请另存为 CSV",
        "the spreadsheet is over 100 MB, 1 GB unpacked, or 1,048,576 rows; save it as CSV",
    ),
    "given_up": Text("核验多次中断", "its verification broke off again and again"),
}
_WHY_OTHERWISE = Text("请查审计记录", "see the trail")


class FileToVerify(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A file of numbers, and why they are asked."""

    file: UploadFile
    purpose: Purpose
    on_behalf_of: Annotated[str, msgspec.Meta(min_length=1, max_length=100)] | None = None


class VerificationJobController(Controller):
    """Verification of files."""

    path = "/api/v1/verification-jobs"
    tags = ("verification",)

    @post(
        "/",
        summary="核验一个文件 · Verify a file",
        status_code=202,
        responses=documented(401, 403, 422),
        request_max_body_size=LARGEST_FILE,
        guards=[require_token],
    )
    async def send(
        self,
        request: Request[Any, Any, State],
        data: MultipartBody[FileToVerify],
        tx: Tx,
        officer: Asker,
        terminal: Terminal,
        language: Spoken,
    ) -> JobView:
        """Take a CSV or XLSX of any length; the worker verifies it in the order of its rows."""
        await permit(tx, officer, act=Act.VERIFY_MANY, terminal=terminal)
        job = await taking.take_file(
            tx, officer, files=request.app.state.files, content=data.file.file, file_name=data.file.filename,
            purpose=data.purpose, on_behalf_of=data.on_behalf_of, terminal=terminal,
        )  # fmt: skip
        return _tell(await _found(tx, officer, job, terminal), language)

    @get("/{job_id:uuid}", summary="进度 · Progress", responses=documented(401, 403, 404))
    async def find(
        self, tx: Tx, officer: Asker, terminal: Terminal, language: Spoken, job_id: FromPath[UUID]
    ) -> JobView:
        """Say how far a file is; of one that failed, why and what to do."""
        job = await _found(tx, officer, job_id, terminal)
        await record_reading(
            tx, officer, act=Act.READ_LOOKUPS, object="verification_job", terminal=terminal, key=job_id
        )
        return _tell(job, language)

    @get(
        "/{job_id:uuid}/result",
        summary="结果文件 · The result",
        media_type="text/csv",
        responses={200: ResponseSpec(str, generate_examples=False, description="CSV", media_type="text/csv")}
        | documented(401, 403, 404, 409),
    )
    async def result(
        self, state: State, tx: Tx, officer: Asker, terminal: Terminal, job_id: FromPath[UUID]
    ) -> File | Stream:
        """Return the result as CSV, one row per row of the file, in its order; to an auditor masked."""
        job = await _found(tx, officer, job_id, terminal)
        if job.status is JobStatus.FAILED:
            raise _not_verified(job)
        if job.status is not JobStatus.DONE:
            raise ResultNotReady(status=JOB_STATUS_NAMES[job.status])
        place = state.files.result(job.id)
        if not place.exists():
            raise ResultExpired(days=RESULT_KEPT.days)
        await record_reading(
            tx, officer, act=Act.READ_LOOKUPS, object="verification_result", terminal=terminal, key=job_id,
            count=job.rows_done,
        )  # fmt: skip
        if not sees_in_clear(officer):
            named = {"Content-Disposition": f'attachment; filename="{job.id}.csv"'}
            return Stream(mask_result(place), media_type="text/csv", headers=named)
        return File(place, filename=f"{job.id}.csv", media_type="text/csv")


def _not_verified(job: Job) -> FileNotVerified:
    why = _WHY.get(job.error_code or "", _WHY_OTHERWISE)
    return FileNotVerified(reason=job.error_code, why_zh=why.zh, why_en=why.en)


def _tell(job: Job, language: Language) -> JobView:
    failure = None
    if job.status is JobStatus.FAILED:
        error = _not_verified(job)
        failure = JobFailure(
            code=job.error_code or error.code,
            message=error.message.speak(language),
            remedy=error.remedy.speak(language),
        )
    shared = {name: getattr(job, name) for name in JobView.__struct_fields__ if name != "error"}
    return JobView(**shared, error=failure)


async def _found(tx: Tx, officer: Officer, job: UUID, terminal: str) -> Job:
    scope = await permit(tx, officer, act=Act.READ_LOOKUPS, terminal=terminal)
    return await taking.find_job(tx, scope=scope, job=job)
