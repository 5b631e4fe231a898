"""The fund's addresses. ``blueprints`` are what the app registers."""

from __future__ import annotations

from chalicelib.fund.routes import (
    care_actions,
    care_actions_api,
    disbursements,
    disbursements_api,
    gifts_staff,
    give,
    giving,
    giving_api,
    giving_sentences,
    giving_staff_api,
    monthly,
    pledges,
    queued,
    scheduled,
    setup,
    spending_sentences,
    webhooks,
)

spending_sentences.register()
giving_sentences.register()
blueprints = (
    give.bp,
    giving.bp,
    monthly.bp,
    webhooks.bp,
    queued.bp,
    gifts_staff.bp,
    pledges.bp,
    giving_api.bp,
    giving_staff_api.bp,
    scheduled.bp,
    setup.bp,
    care_actions.bp,
    disbursements.bp,
    care_actions_api.bp,
    disbursements_api.bp,
)
