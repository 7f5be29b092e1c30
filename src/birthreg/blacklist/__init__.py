"""Void certificate numbers, one by one and in ranges; the list has a version that every verdict carries."""
