"""`birthreg dossier verify`: check offline what went to the criminal police, and the evidence beside it."""

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
    from birthreg.cases.dossiers import SignedDossier
    from birthreg.kernel.public_keys import PublicKeys


class DossierDiffers(Conflict):
    """卷宗内容与其签名的内容不一致。

    The dossier isn't the one that was signed.
    """

    remedy = Text("请以签名的内容为准,或向移送单位索取原件。", "Go by what was signed, or ask who referred the case.")


def add_commands(commands: Commands) -> None:
    """Add the commands over dossiers."""
    dossier = commands.group(
        "dossier", sentence=Text("移送卷宗", "dossiers"), example="birthreg dossier verify dossier.json"
    )
    verify = dossier.add(
        "verify",
        sentence=Text(
            "离线核对移送卷宗的签名、摘要,以及所附证据文件",
            "check a dossier's signature and digests offline, and the files of its evidence",
        ),
        example="birthreg dossier verify dossier.json --evidence ./evidence --keys jwks.json",
        run=run_verify,
    )
    verify.add_argument("file", type=Path, help="移送卷宗(JSON 或 JWS) · the dossier, as JSON or as JWS")
    verify.add_argument(
        "--evidence",
        type=Path,
        metavar="FOLDER",
        help="证据文件所在文件夹,文件名不限 · the folder with the files of its evidence, whatever their names",
    )
    verify.add_argument(
        "--keys",
        type=Path,
        metavar="JWKS",
        help="公钥文件,默认取本机密钥目录 · public keys, by default those of the key directory",
    )


def run_verify(arguments: argparse.Namespace) -> int:
    """Check a dossier; what it raises when it doesn't hold ends with 1, as does evidence that is missing or changed."""
    answer = _read_answer(arguments.file)
    signed = _verify(str(answer["jws"]), _read_keys(arguments.keys))
    _compare(answer, signed)
    _tell(signed)
    print("签名有效,内容未被改动 · the signature holds, nothing was changed")
    if arguments.evidence is None:
        print("未提供证据文件,仅核对签名 · no evidence was given: the signature alone is checked")
        return 0
    return _check_evidence(signed, arguments.evidence)


def _read_keys(file: Path | None) -> "PublicKeys":
    from birthreg.kernel.keys import KeyFolder
    from birthreg.kernel.public_keys import Purpose

    if file is not None:
        return read_key_set(file)
    directory = read_settings().keys
    keys = KeyFolder(directory, Purpose.DOSSIER)
    if not keys:
        raise WrongArgument(
            Text(
                f"{directory} 中没有公钥,请用 --keys 指定保存下来的 /.well-known/birthreg/jwks.json",
                f"no public keys in {directory}: give a saved /.well-known/birthreg/jwks.json as --keys",
            )
        )
    return keys


def _read_answer(file: Path) -> dict[str, Any]:
    """Read a dossier with its signature; a bare JWS is one that says nothing else."""
    import msgspec

    content = file.read_bytes().strip()
    if content.startswith(b"%PDF"):
        raise WrongArgument(
            Text(
                f"{file} 是纸质件(PDF),不含签名;请提供电子件:卷宗的 JSON(format=json)或 JWS(format=jws)",
                f"{file} is the paper form (PDF) and holds no signature: give the dossier as JSON (format=json) or JWS"
                " (format=jws)",
            )
        )
    if not content.startswith(b"{"):
        return {"jws": content.decode("ascii", errors="replace")}
    try:
        answer: dict[str, Any] = msgspec.json.decode(content, type=dict[str, Any])
    except ValueError as error:
        raise WrongArgument(Text(f"{file} 不是完整的 JSON", f"{file} is not whole JSON: {error}")) from error
    if not isinstance(answer.get("jws"), str):
        raise WrongArgument(
            Text(f"{file} 中没有 jws 字段,无签名可核对", f"{file} has no field `jws`: nothing to check")
        )
    return answer


def _verify(token: str, keys: "PublicKeys") -> "SignedDossier":
    import msgspec

    from birthreg.cases.dossiers import DOSSIER_TYPE, read_payload
    from birthreg.kernel.public_keys import Purpose, SignatureWrong, verify_jws

    payload = verify_jws(token, keys, type=DOSSIER_TYPE, purpose=Purpose.DOSSIER)
    try:
        return read_payload(payload)
    except msgspec.ValidationError as error:
        raise SignatureWrong(
            why_zh="卷宗由更新的程序制作,请升级后再核对",
            why_en=f"it was made by another version of this program ({error})",
        ) from error


def _compare(answer: dict[str, Any], signed: "SignedDossier") -> None:
    """Refuse a readable dossier that says something else than its signature vouches for."""
    import msgspec

    readable = {name: value for name, value in answer.items() if name != "jws"}
    if not readable:
        return
    if readable != {"dossier": msgspec.to_builtins(signed.dossier), "sha256": signed.sha256}:
        raise DossierDiffers


def _check_evidence(signed: "SignedDossier", folder: Path) -> int:
    from birthreg.cases.evidence_files import digest_file

    if not folder.is_dir():
        raise WrongArgument(Text(f"{folder} 不是文件夹", f"{folder} is no folder"))
    found = {digest_file(place) for place in sorted(folder.rglob("*")) if place.is_file()}
    wrong = 0
    for place, one in enumerate(signed.dossier.evidence, start=1):
        is_there = (one.sha256, one.sm3) in found
        wrong += not is_there
        said = "完好 · whole" if is_there else "缺失或被改动 · missing or changed"
        _print(f"{place}. {one.file_name} {one.sha256[:12]}…: {said}")
    if wrong:
        print(f"{wrong} 件证据缺失或被改动 · {wrong} pieces of evidence are missing or changed")
        return 1
    print("证据齐全,均未被改动 · all evidence is there, unchanged")
    return 0


def _tell(signed: "SignedDossier") -> None:
    from birthreg.cases.labels import OUTCOME_NAMES

    dossier, ended = signed.dossier, signed.dossier.conclusion
    outcome = OUTCOME_NAMES[ended.outcome]
    for name, value in {
        "案件 · case": dossier.case.number,
        "结论 · outcome": f"{outcome.zh} · {outcome.en}",
        "提出 · proposed": f"{ended.proposed_by} {ended.proposed_at.isoformat()}",
        "确认 · confirmed": f"{ended.confirmed_by} {ended.confirmed_at.isoformat()}",
        "线索、证据、记录 · leads, evidence, entries": f"{len(dossier.leads)}, {len(dossier.evidence)}, "
        f"{len(dossier.timeline)}",
        "SHA-256": signed.sha256,
        "SM3": signed.sm3,
    }.items():
        _print(f"{name}: {value}")


def _print(line: str) -> None:
    # Names of files may hold anything, and a terminal obeys control characters.
    print("".join(sign if sign.isprintable() else "?" for sign in line))
