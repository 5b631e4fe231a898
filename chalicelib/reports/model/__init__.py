"""Periods, report lines and public figures. Pure."""
