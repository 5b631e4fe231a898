"""Identity's items, all in the app table, their reads and their writes."""
