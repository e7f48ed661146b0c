"""Trains the small models that the package ships; nothing imports it."""
