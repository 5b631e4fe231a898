"""Items of merchants, offers, vouchers and tallies."""
