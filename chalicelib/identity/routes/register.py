"""Identity's addresses. ``blueprints`` are what the app registers."""

from __future__ import annotations

from chalicelib.identity.routes import account, api, first_administrator, members, sentences, sign_in, staff

sentences.register()
blueprints = (sign_in.bp, account.bp, members.bp, staff.bp, api.bp, first_administrator.bp)
