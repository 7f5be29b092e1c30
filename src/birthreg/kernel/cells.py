"""Cells of files that people open with spreadsheet programs."""

_BEGINS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def plain_cell(text: str) -> str:
    """Keep a spreadsheet program from taking what somebody typed for a formula."""
    return f"'{text}" if text.startswith(_BEGINS_A_FORMULA) else text
