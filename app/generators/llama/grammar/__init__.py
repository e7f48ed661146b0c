"""A grammar of ours and a vocabulary into the tokens that may come next."""
