"""Merchants 爱心商家: their offers, the vouchers that members exchange points for, and the till."""
