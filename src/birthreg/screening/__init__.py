"""Suspicious registrations, found by rules that people can read: one SQL file each, run live and over history."""
