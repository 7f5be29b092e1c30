"""The doors of acts on many cases; `test_bulk_doors.py` tries each as `tests/access/test_doors.py` does."""

BULK = "/api/v1/cases/bulk"
BY_MANY = {f"{way} {BULK}" for way in ("POST", "GET")} | {f"GET {BULK}/{{bulk_id}}", f"POST {BULK}/{{bulk_id}}/undo"}
