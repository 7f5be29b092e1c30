"""Large files that change are written out early; small ones, and those that don't change, are left alone."""

import os
from pathlib import Path

from birthreg.local.writing_out import LARGE, Growing, start_writing


def make_file(folder: Path, name: str, size: int, *, database: str = "5") -> Path:
    file = folder / database / name
    file.parent.mkdir(exist_ok=True)
    with file.open("wb") as content:
        content.truncate(size)
    return file


def test_a_large_file_is_named_each_time_that_it_changed_and_no_other(tmp_path: Path) -> None:
    large, _small = make_file(tmp_path, "large", LARGE), make_file(tmp_path, "small", LARGE - 1)
    growing = Growing(tmp_path)
    growing.look_through()
    assert growing.list_changed() == [large]
    assert growing.list_changed() == []
    os.utime(large, ns=(0, 1))
    assert growing.list_changed() == [large]


def test_what_a_sort_spills_is_left_to_the_kernel(tmp_path: Path) -> None:
    make_file(tmp_path, "pgsql_tmp1.0", LARGE, database="pgsql_tmp")
    growing = Growing(tmp_path)
    growing.look_through()
    assert growing.list_changed() == []


def test_what_is_no_folder_hides_no_database(tmp_path: Path) -> None:
    (tmp_path / "0").touch()
    (tmp_path / "9").touch()
    large = make_file(tmp_path, "large", LARGE)
    growing = Growing(tmp_path)
    growing.look_through()
    assert growing.list_changed() == [large]


def test_a_file_that_was_dropped_is_no_fault_and_forgotten(tmp_path: Path) -> None:
    large = make_file(tmp_path, "large", LARGE)
    growing = Growing(tmp_path)
    growing.look_through()
    large.unlink()
    assert growing.list_changed() == []
    assert not start_writing(large)
    growing.look_through()
    make_file(tmp_path, "large", LARGE)
    assert growing.list_changed() == []


def test_the_kernel_takes_the_wish_to_write_a_file(tmp_path: Path) -> None:
    assert start_writing(make_file(tmp_path, "large", LARGE))
