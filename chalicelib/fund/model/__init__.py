"""Decisions of the fund, pure."""
