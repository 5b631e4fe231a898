"""The merchants' addresses. ``blueprints`` are what the app registers."""

from __future__ import annotations

from chalicelib.merchants.routes import api, assisted, member, offers, returns, scheduled, sentences, staff, till

sentences.register()
blueprints = (member.bp, till.bp, staff.bp, offers.bp, api.bp, scheduled.bp, assisted.bp, returns.bp)
