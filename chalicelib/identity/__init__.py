"""People: members, phones, one-time codes, sessions, roles, signed QR tokens, paper cards.

Other folders enter through ``service`` and, for routes, ``guard``.
"""
