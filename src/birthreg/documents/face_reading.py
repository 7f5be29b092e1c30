"""The one face of a file, and what it is compared by; what the processes of the pool run."""

import numpy as np

from birthreg.documents import faces
from birthreg.documents.models import Face
from birthreg.documents.opening import Picture, open_pictures
from birthreg.documents.reading_models import Box, FaceSeen


def look(content: bytes) -> FaceSeen:
    """Find the face that a picture shows.

    Raises:
        NoFace, SeveralFaces, FaceTooSmall: it can't be told, or says too little.
        NotAPicture, PictureDamaged and the rest: the file can't be opened.
    """
    picture = open_pictures(content, pages=1)[0]
    upright, found, turns = _turn_upright(picture)
    face = faces.choose_face(found)
    numbers = tuple(float(number) for number in faces.embed(upright, face))
    box = _turn_back(face.box, height=upright.shape[0], width=upright.shape[1], turns=turns)
    return FaceSeen(box=box, width=face.width, score=round(face.score, 4), embedding=numbers)


def _turn_upright(picture: Picture) -> tuple[Picture, list[Face], int]:
    """Return a picture, its faces, and by how many quarter turns, to the left, it was turned until they were found.

    It is turned only where none stands upright; of the turns the one with the surest face counts.
    """
    found = faces.find_faces(picture)
    if found:
        return picture, found, 0
    ways = [(faces.find_faces(_turn(picture, turns)), turns) for turns in (1, 2, 3)]
    found, turns = max(ways, key=lambda way: max((face.score for face in way[0]), default=0.0))
    return _turn(picture, turns), found, turns  # turned once more, so that one copy is held at a time


def _turn(picture: Picture, turns: int) -> Picture:
    return np.ascontiguousarray(np.rot90(picture, turns))


def _turn_back(box: Box, *, height: int, width: int, turns: int) -> Box:
    """Return where a box of a picture that was turned so often to the left stands on the picture itself."""
    x, y, wide, high = box
    for _ in range(turns):
        x, y, wide, high = height - y - high, x, high, wide
        height, width = width, height
    return x, y, wide, high
