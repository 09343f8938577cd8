"""Importers from other libraries, which are imported where they are used."""
