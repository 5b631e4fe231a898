"""Decisions about merchants, offers and vouchers, without any storage."""
