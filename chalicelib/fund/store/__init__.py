"""The fund's items: reads, and lists of Write."""
