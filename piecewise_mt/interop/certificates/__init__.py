"""Certificates: what a result proves, as JSON that ``piecewise_mt_check`` reads by itself."""
