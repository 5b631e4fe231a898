"""Decisions about service and points, without any storage."""
