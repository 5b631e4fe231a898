"""The ledger's items: the journal, and the balances kept in the entries' own transactions."""
