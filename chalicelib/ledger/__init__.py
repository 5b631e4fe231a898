"""The ledger: one double-entry journal for money (CNY, fen) and points (TIME, MEDAL, hundredths)."""
