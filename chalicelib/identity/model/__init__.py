"""Decisions about people, without any storage."""
