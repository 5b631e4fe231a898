"""One file per family of Stripe objects: its endpoints and how its objects change."""

from __future__ import annotations
