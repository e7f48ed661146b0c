"""Conversations: history and a follow-up become a standalone question, then an Answer."""
