"""`birthreg receipt verify`: check offline what a receipt attests."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from birthreg.cli.commands import Commands
from birthreg.cli.failures import WrongArgument
from birthreg.cli.key_sets import read_key_set
from birthreg.kernel.errors import Conflict
from birthreg.kernel.language import Text
from birthreg.settings import read_settings

if TYPE_CHECKING:
    from birthreg.kernel.public_keys import PublicKeys
    from birthreg.verification.receipts import Attestation, BatchAttestation


class AnswerDiffers(Conflict):
    """核验结果与其凭证不一致:{fields}。

    The answer is not the one that its receipt attests: {fields}.
    """

    remedy = Text("请以凭证内容为准,或重新核验。", "Go by what the receipt attests, or verify again.")


def add_commands(commands: Commands) -> None:
    """Add the commands over receipts."""
    receipt = commands.group(
        "receipt", sentence=Text("核验凭证", "receipts"), example="birthreg receipt verify answer.json"
    )
    verify = receipt.add(
        "verify",
        sentence=Text("离线核对凭证并显示其内容", "check a receipt offline and show what it attests"),
        example="birthreg receipt verify answer.json --keys jwks.json",
        run=run_verify,
    )
    verify.add_argument(
        "file", type=Path, help="核验结果(JSON)或凭证本身 · an answer with its receipt (JSON), or a receipt alone"
    )
    verify.add_argument(
        "--keys",
        type=Path,
        metavar="JWKS",
        help="公钥文件,默认取本机密钥目录 · public keys, by default those of the key directory",
    )


def run_verify(arguments: argparse.Namespace) -> int:
    """Check a receipt; what it raises when it doesn't hold ends with 1."""
    from birthreg.verification.receipts import BatchAttestation

    keys = _read_keys(arguments.keys)
    answer = _read_answer(arguments.file)
    attested = _verify(str(answer["receipt"]), keys)
    is_alone = answer.keys() == {"receipt"}
    if not is_alone and (differing := _differences(answer, attested)):
        raise AnswerDiffers(fields=", ".join(differing))
    if isinstance(attested, BatchAttestation):
        _tell_batch(attested, has_items=not is_alone)
    else:
        _tell(attested)
    print("签名有效,内容未被改动 · the signature holds, nothing was changed")
    return 0


def _read_keys(file: Path | None) -> "PublicKeys":
    from birthreg.kernel.keys import KeyFolder
    from birthreg.kernel.public_keys import Purpose

    if file is not None:
        return read_key_set(file)
    directory = read_settings().keys
    keys = KeyFolder(directory, Purpose.RECEIPT)
    if not keys:
        raise WrongArgument(
            Text(
                f"{directory} 中没有公钥,请用 --keys 指定保存下来的 /.well-known/birthreg/jwks.json",
                f"no public keys in {directory}: give a saved /.well-known/birthreg/jwks.json as --keys",
            )
        )
    return keys


def _read_answer(file: Path) -> dict[str, Any]:
    """Read an answer with its receipt; a bare receipt is an answer that says nothing else."""
    import msgspec

    content = file.read_bytes().strip()
    if not content.startswith(b"{"):
        return {"receipt": content.decode("ascii", errors="replace")}
    try:
        answer: dict[str, Any] = msgspec.json.decode(content, type=dict[str, Any])
    except ValueError as error:
        raise WrongArgument(Text(f"{file} 不是完整的 JSON", f"{file} is not whole JSON: {error}")) from error
    if not isinstance(answer.get("receipt"), str):
        raise WrongArgument(
            Text(f"{file} 中没有 receipt 字段,无凭证可核对", f"{file} has no field `receipt`: nothing to check")
        )
    return answer


def _verify(token: str, keys: "PublicKeys") -> "Attestation | BatchAttestation":
    import jwt
    import msgspec

    from birthreg.kernel.public_keys import Purpose, SignatureWrong, verify_jws
    from birthreg.verification.receipts import BATCH_RECEIPT_TYPE, RECEIPT_TYPE, Attestation, BatchAttestation

    try:
        is_batch = jwt.get_unverified_header(token).get("typ") == BATCH_RECEIPT_TYPE
    except jwt.PyJWTError:
        is_batch = False  # told by the verification below
    kind = BATCH_RECEIPT_TYPE if is_batch else RECEIPT_TYPE
    payload = verify_jws(token, keys, type=kind, purpose=Purpose.RECEIPT)
    try:
        if is_batch:
            return msgspec.json.decode(payload, type=BatchAttestation)
        return msgspec.json.decode(payload, type=Attestation)
    except msgspec.ValidationError as error:
        raise SignatureWrong(
            why_zh="凭证由更新的程序签发,请升级后再核对",
            why_en=f"it was made by another version of this program ({error})",
        ) from error


def _differences(answer: dict[str, Any], attested: "Attestation | BatchAttestation") -> list[str]:
    """Name the fields of an answer that its receipt does not attest."""
    import msgspec

    from birthreg.verification.receipts import BatchAttestation

    try:
        said = _attested_batch(answer) if isinstance(attested, BatchAttestation) else _attested_single(answer)
    except msgspec.ValidationError as error:
        raise WrongArgument(
            Text(f"文件内容不是完整的核验结果:{error}", f"the file is not a whole answer: {error}")
        ) from error
    return [name for name, value in said.items() if value != _comparable(getattr(attested, name))]


def _comparable(value: object) -> object:
    return sorted(value) if isinstance(value, tuple) else value


def _attested_single(answer: dict[str, Any]) -> dict[str, object]:
    """Return what the receipt of this answer has to say, by the receipt's own names."""
    import msgspec

    from birthreg.verification.models import Verdict

    verdict = msgspec.convert(answer, Verdict)
    return {
        "jti": verdict.id,
        "certificate_number": verdict.certificate_number,
        "typed": verdict.typed,
        "verdict": verdict.verdict,
        "reasons": sorted(reason.code for reason in verdict.reasons),
        "may_register": verdict.may_register,
        "as_of": verdict.as_of,
        "list_version": verdict.list_version,
    }


def _attested_batch(answer: dict[str, Any]) -> dict[str, object]:
    import msgspec

    from birthreg.verification.models import BatchVerdict
    from birthreg.verification.receipts import digest_items
    from birthreg.verification.rules import MAY_REGISTER

    batch = msgspec.convert(answer, BatchVerdict)
    digest = digest_items(batch.items)
    # What may register follows from the verdict, which the digest covers.
    if any(item.may_register != (item.verdict in MAY_REGISTER) for item in batch.items):
        digest = ""
    return {"jti": batch.id, "count": len(batch.items), "items_digest": digest}


def _tell(attested: "Attestation") -> None:
    from birthreg.verification.reasons import NEXT_STEPS

    step = NEXT_STEPS[attested.verdict]
    _print_lines({
        "凭证 · receipt": str(attested.jti),
        "证件编号 · number": attested.certificate_number or attested.typed,
        "结论 · verdict": f"{attested.verdict}: {step.zh} · {step.en}",
        "可否登记 · may register": "可以 · yes" if attested.may_register else "不可 · no",
        "原因 · reasons": ", ".join(attested.reasons) or "-",
        "用途 · purpose": attested.purpose,
        "核验人 · officer": f"{attested.officer} {attested.organization}",
        "核验时间 · as of": attested.as_of.isoformat(),
        "名单与规则版本 · list and rule version": f"{attested.list_version}, {attested.rule_version}",
    })  # fmt: skip


def _tell_batch(attested: "BatchAttestation", *, has_items: bool) -> None:
    count = f"{attested.count}"
    if not has_items:
        count += "(未提供明细,仅核对签名 · the items were not given: the signature alone is checked)"
    _print_lines({
        "批次凭证 · receipt of a batch": str(attested.jti),
        "条数 · items": count,
        "明细摘要 · digest of the items": attested.items_digest,
        "用途 · purpose": attested.purpose,
        "核验人 · officer": f"{attested.officer} {attested.organization}",
        "规则版本 · rule version": str(attested.rule_version),
    })  # fmt: skip


def _print_lines(lines: dict[str, str]) -> None:
    for name, value in lines.items():
        # What was typed may hold anything, and a terminal obeys control characters.
        shown = "".join(sign if sign.isprintable() else "?" for sign in value)
        print(f"{name}: {shown}")
