"""What a file is, told from its bytes; its name is believed in nothing."""

import codecs
from pathlib import Path

import filetype

from birthreg.cases.evidence_refusals import EvidenceTypeDiffers, EvidenceTypeUnknown

_OFFICE = "application/vnd.openxmlformats-officedocument"
_OPEN = "application/vnd.oasis.opendocument"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
OLE = "application/x-ole-storage"
"""Older office documents; which of them, their first bytes don't say."""

ENDINGS: dict[str, tuple[str, ...]] = {
    "image/jpeg": (".jpg", ".jpeg"),
    "image/png": (".png",),
    "image/gif": (".gif",),
    "image/webp": (".webp",),
    "image/bmp": (".bmp",),
    "image/tiff": (".tif", ".tiff"),
    "image/heic": (".heic", ".heif"),
    "application/pdf": (".pdf",),
    f"{_OFFICE}.wordprocessingml.document": (".docx",),
    f"{_OFFICE}.spreadsheetml.sheet": (".xlsx",),
    f"{_OFFICE}.presentationml.presentation": (".pptx",),
    f"{_OPEN}.text": (".odt",),
    f"{_OPEN}.spreadsheet": (".ods",),
    f"{_OPEN}.presentation": (".odp",),
    OLE: (".doc", ".xls", ".ppt", ".wps", ".et", ".dps"),
    "text/plain": (".txt", ".csv", ".md", ".log", ".json", ".xml"),
    "audio/mpeg": (".mp3",),
    "audio/x-wav": (".wav",),
    "audio/amr": (".amr",),
    "audio/mp4": (".m4a",),
    "audio/aac": (".aac",),
    "audio/ogg": (".ogg", ".oga"),
    "audio/x-flac": (".flac",),
    "video/mp4": (".mp4", ".m4v", ".m4a"),
    "video/x-m4v": (".m4v", ".mp4"),
    "video/quicktime": (".mov",),
    "video/x-msvideo": (".avi",),
    "video/x-matroska": (".mkv",),
    "video/webm": (".webm",),
    "video/3gpp": (".3gp",),
    "video/mpeg": (".mpg", ".mpeg"),
    "video/x-ms-wmv": (".wmv",),
}
"""The kinds that are taken, with the endings that files of this kind have; the first is given where none fits."""

_KNOWN_ENDINGS = {ending for endings in ENDINGS.values() for ending in endings}
_FOREIGN_ENDINGS = {".exe", ".dll", ".com", ".bat", ".cmd", ".js", ".vbs", ".ps1", ".html", ".htm", ".svg", ".zip"}
_CONTROLS = frozenset(range(32)) - frozenset(b"\t\n\r\f\x1b")
_PIECE = 1 << 20


def name_type(place: Path, *, file_name: str) -> str:
    """Return the media type of a file, by what it holds.

    Raises:
        EvidenceTypeUnknown: it is of no kind that is taken.
        EvidenceTypeDiffers: its name has the ending of another kind.
    """
    found = _sniff(place)
    if found not in ENDINGS:
        raise EvidenceTypeUnknown(name=file_name, found=found or "-")
    declared = Path(file_name).suffix.lower()
    if declared in _KNOWN_ENDINGS | _FOREIGN_ENDINGS and declared not in ENDINGS[found]:
        raise EvidenceTypeDiffers(name=file_name, found=found, declared=declared)
    return found


def name_to_save(file_name: str, media_type: str) -> str:
    """Return a name under which a file can be saved: no path, no control, the ending of its kind."""
    plain = "".join(sign if sign.isprintable() and sign not in '\\/:*?"<>|' else "_" for sign in file_name).strip(". ")
    endings = ENDINGS.get(media_type, (".bin",))
    return plain if plain.lower().endswith(endings) else f"{plain or 'evidence'}{endings[0]}"


def _sniff(place: Path) -> str | None:
    with place.open("rb") as file:
        if file.read(len(_OLE)) == _OLE:
            return OLE
    kind = filetype.guess(str(place))
    if kind is not None:
        return str(kind.mime)
    return "text/plain" if _is_text(place) else None


def _is_text(place: Path) -> bool:
    """Say whether all of a file is text, in UTF-8 or GB18030."""
    decoders = {name: codecs.getincrementaldecoder(name)() for name in ("utf-8", "gb18030")}
    with place.open("rb") as file:
        while piece := file.read(_PIECE):
            if _CONTROLS.intersection(piece):
                return False
            for name in list(decoders):
                if not _decodes(decoders[name], piece):
                    del decoders[name]
    return any(_decodes(decoder, b"", final=True) for decoder in decoders.values())


def _decodes(decoder: codecs.IncrementalDecoder, piece: bytes, *, final: bool = False) -> bool:
    try:
        decoder.decode(piece, final)
    except UnicodeDecodeError:
        return False
    return True
