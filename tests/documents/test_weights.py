"""A model's file is believed by its digest alone."""

from pathlib import Path

import pytest

from birthreg.documents import weights
from birthreg.documents.readers import Readers
from birthreg.documents.weights import ALL, LINES, Weights, WeightsMissing, load_weights

each = pytest.mark.parametrize("model", ALL, ids=lambda model: model.place.rpartition("/")[2])


@each
def test_the_files_of_the_models_are_those_that_are_known(model: Weights) -> None:
    assert len(load_weights(model)) > 50_000


@each
def test_readiness_says_that_any_of_them_is_missing(
    model: Weights, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for one in ALL:
        (tmp_path / one.place).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / one.place).touch()
    monkeypatch.setattr(weights, "FOLDER", tmp_path)
    assert Readers.describe() == "up"
    (tmp_path / model.place).unlink()
    assert "scripts/prepare" in Readers.describe()


def test_a_missing_file_says_in_one_line_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(WeightsMissing) as missing:
        load_weights(LINES, folder=tmp_path)
    assert "PP-OCRv6_det_small.onnx" in missing.value.message.zh
    assert "scripts/prepare" in missing.value.remedy.zh
    assert "\n" not in missing.value.remedy.en


def test_another_file_of_that_name_is_not_used(tmp_path: Path) -> None:
    place = tmp_path / LINES.place
    place.parent.mkdir(parents=True)
    place.write_bytes(b"another model")
    with pytest.raises(WeightsMissing, match="digest"):
        load_weights(LINES, folder=tmp_path)
