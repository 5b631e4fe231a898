"""One function per use case of the fund."""
