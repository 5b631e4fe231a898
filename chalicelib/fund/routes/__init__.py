"""The fund's pages and its JSON interface."""
