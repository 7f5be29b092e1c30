"""The doors of how cases hang together; `test_shape_doors.py` tries each as `tests/access/test_doors.py` does."""

CASE = "/api/v1/cases/{case_id}"
BY_SHAPE = {
    f"GET {CASE}/links", f"POST {CASE}/links", f"DELETE {CASE}/links/{{other_id}}", f"POST {CASE}/merge",
    f"POST {CASE}/unmerge", f"POST {CASE}/split", f"GET {CASE}/related",
}  # fmt: skip
