"""Barcodes and QR codes on a picture; what they say is text to compare, never an instruction."""

import msgspec
import zxingcpp

from birthreg.certificates.models import CertificateNumber
from birthreg.certificates.rules import number_in
from birthreg.documents.opening import Picture
from birthreg.documents.reading_models import Box

_LONGEST_TEXT = 500
_MOST = 16


class Code(msgspec.Struct, frozen=True):
    """One code: what it says, of which kind it is, and where it stands."""

    text: str
    format: str
    box: Box

    @property
    def number(self) -> CertificateNumber | None:
        """The certificate's number, where the code holds one and nothing else."""
        return number_in(self.text)


def read_codes(image: Picture) -> tuple[Code, ...]:
    """Read the codes of a picture, however they lie in it, from top to bottom."""
    found = zxingcpp.read_barcodes(image)[:_MOST]
    codes = [Code(code.text[:_LONGEST_TEXT], _name(code.format), _box(code.position)) for code in found if code.valid]
    return tuple(sorted(codes, key=lambda code: (code.box[1], code.box[0])))


def _name(kind: zxingcpp.BarcodeFormat) -> str:
    """Return a kind of code as its standard is called, without blanks: `Code128`, `QRCode`."""
    return str(kind).rpartition(".")[2].replace(" ", "")


def _box(position: zxingcpp.Position) -> Box:
    corners = (position.top_left, position.top_right, position.bottom_right, position.bottom_left)
    xs, ys = [corner.x for corner in corners], [corner.y for corner in corners]
    return min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys)
