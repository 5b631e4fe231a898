"""The reports' items: export jobs. The figures themselves are read through the folders below."""
