"""The one face of a file, and what it is compared by; what the processes of the pool run."""

from birthreg.documents import faces
from birthreg.documents.opening import open_pictures
from birthreg.documents.reading_models import FaceSeen


def look(content: bytes) -> FaceSeen:
    """Find the face that a picture shows.

    Raises:
        NoFace, SeveralFaces, FaceTooSmall: it can't be told, or says too little.
        NotAPicture, PictureDamaged and the rest: the file can't be opened.
    """
    picture = open_pictures(content, pages=1)[0]
    face = faces.choose_face(faces.find_faces(picture))
    numbers = tuple(float(number) for number in faces.embed(picture, face))
    return FaceSeen(box=face.box, width=face.width, score=round(face.score, 4), embedding=numbers)
