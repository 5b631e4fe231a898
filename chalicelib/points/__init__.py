"""Service and points: activities, check-ins, rule sheets, assessments, and what a member has from them."""
