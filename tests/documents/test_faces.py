"""Faces in pictures: found, refused with advice, compared. On real photos, without a database."""

import socket
from itertools import combinations

import cv2
import numpy as np
import pytest
from tests.documents.doors import png
from tests.documents.face_pictures import embedding, one_person, six_faces, six_people, worse

from birthreg.documents import face_reading, faces
from birthreg.documents.face_refusals import FaceTooSmall, NoFace, SeveralFaces
from birthreg.documents.face_rules import FIRST, UNCALIBRATED
from birthreg.documents.models import Band
from birthreg.documents.weights import FOLDER, RECOGNIZER


def test_every_face_of_a_picture_is_found_with_eyes_nose_and_mouth() -> None:
    assert len(six_faces()) == 6
    for face in six_faces():
        x, y, width, height = face.box
        assert face.width == width > faces.SMALLEST
        assert all(x <= right <= x + width and y <= down <= y + height for right, down in face.landmarks)
        left_eye, right_eye, nose, left_mouth, right_mouth = face.landmarks
        assert left_eye[0] < right_eye[0]
        assert max(left_eye[1], right_eye[1]) < nose[1] < max(left_mouth[1], right_mouth[1])


def test_faces_come_the_widest_first() -> None:
    widths = [face.width for face in faces.find_faces(six_people())]
    assert widths == sorted(widths, reverse=True)


@pytest.mark.parametrize("number", range(6))
def test_the_same_face_in_a_worse_picture_is_strong(number: int) -> None:
    picture = worse(one_person(number))
    again = faces.embed(picture, faces.choose_face(faces.find_faces(picture)))
    assert faces.compare(embedding(number), again).band is Band.STRONG


def test_no_two_people_of_a_picture_are_listed_as_one() -> None:
    bands = {faces.compare(embedding(one), embedding(other)).band for one, other in combinations(range(6), 2)}
    assert bands == {Band.UNLIKE}


def test_a_face_is_compared_by_128_numbers_of_length_one() -> None:
    assert embedding(0).shape == (128,)
    assert embedding(0).dtype == np.float32
    assert np.linalg.norm(embedding(0)) == pytest.approx(1, abs=1e-6)
    assert faces.compare(embedding(0), embedding(0)).score == pytest.approx(1, abs=1e-4)


def test_every_comparison_says_that_it_is_uncalibrated_for_children() -> None:
    assert {faces.compare(embedding(0), embedding(other)).note for other in range(6)} == {UNCALIBRATED}
    assert not FIRST.for_children


@pytest.mark.parametrize("number", range(6))
def test_a_face_that_fills_a_large_picture_is_found_and_compared(number: int) -> None:
    large = cv2.resize(one_person(number), None, fx=6, fy=6, interpolation=cv2.INTER_CUBIC)
    face = faces.choose_face(faces.find_faces(large))
    assert face.width > 450
    assert faces.compare(embedding(number), faces.embed(large, face)).score > 0.7


def test_a_face_is_straightened_as_opencv_does_it() -> None:
    theirs = cv2.FaceRecognizerSF.create(str(FOLDER / RECOGNIZER.place), "")
    for face in six_faces():
        row = [*face.box, *(value for point in face.landmarks for value in point), face.score]
        aligned = theirs.alignCrop(six_people(), np.array(row, dtype=np.float32))
        assert np.abs(aligned.astype(int) - faces.straighten(six_people(), face)).max() <= 2


def test_a_face_too_small_is_refused_with_advice() -> None:
    picture = worse(six_people(), scale=0.4, quality=95, light=1)
    small = faces.find_faces(picture)[0]
    assert small.width < faces.SMALLEST
    with pytest.raises(FaceTooSmall) as refused:
        faces.embed(picture, small)
    assert f"{small.width}" in refused.value.message.zh
    assert "靠近拍摄" in refused.value.remedy.zh


def test_a_picture_without_a_face_is_refused_with_advice() -> None:
    assert faces.find_faces(np.full((600, 400, 3), 200, dtype=np.uint8)) == []
    with pytest.raises(NoFace) as refused:
        faces.choose_face([])
    assert "正面" in refused.value.remedy.zh


def test_a_picture_of_several_people_is_refused_since_nobody_says_who_is_meant() -> None:
    with pytest.raises(SeveralFaces, match="6 faces"):
        faces.choose_face(list(six_faces()))


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_a_face_that_lies_on_its_side_or_upside_down_is_found_and_told_where_it_was_sent(turns: int) -> None:
    upright = face_reading.look(png(one_person(0)))
    seen = face_reading.look(png(np.ascontiguousarray(np.rot90(one_person(0), turns))))
    assert faces.compare(np.float32(upright.embedding), np.float32(seen.embedding)).score > 0.99
    marked = np.zeros(one_person(0).shape[:2], np.uint8)
    x, y, width, height = upright.box
    marked[max(0, y) : y + height, max(0, x) : x + width] = 1
    rows, columns = np.nonzero(np.rot90(marked, turns))
    x, y, width, height = seen.box
    assert (max(0, x), max(0, y)) == (columns.min(), rows.min())
    assert (min(x + width, marked.shape[turns % 2 - 1]) - 1) == columns.max()


def test_a_picture_without_a_face_has_none_however_it_is_turned() -> None:
    with pytest.raises(NoFace):
        face_reading.look(png(np.full((600, 400, 3), 200, dtype=np.uint8)))


def test_somebody_small_in_the_background_is_not_meant() -> None:
    picture = np.hstack([cv2.resize(one_person(0), (600, 700)), cv2.resize(one_person(1), (300, 700))])
    picture[350:, 600:] = 128
    picture[:350, 600:] = cv2.resize(one_person(1), (300, 350))
    face = faces.choose_face(faces.find_faces(picture))
    assert face.box[0] < 600


@pytest.mark.parametrize("shape", [(1, 1), (1, 4000), (4000, 3), (30, 30), (7, 900)])
def test_no_shape_of_a_picture_raises(shape: tuple[int, int]) -> None:
    assert faces.find_faces(np.zeros((*shape, 3), dtype=np.uint8)) == []


def test_models_are_read_from_disk_and_nothing_is_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_arguments: object, **_named: object) -> None:
        raise AssertionError("something was to be fetched")

    monkeypatch.setattr(socket, "socket", refuse)
    faces._detector.cache_clear()
    faces._recognizer.cache_clear()
    found = faces.find_faces(six_people())
    assert len(found) == 6
    assert faces.embed(six_people(), found[0]).shape == (128,)
