"""Decides a verdict from facts, records every look-up, and proves the answer with a receipt."""
